import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { METRICS } from '../analysis/metrics.ts'
import { runClock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import { parseYaml } from '../base/parseYaml.ts'
import { readTextFile } from '../base/readText.ts'
import { readAutoscaler } from '../cli/autoscalerFile.ts'
import { parseAuthors } from '../report/authors.ts'
import { parseOwnText } from '../report/ownText.ts'
import { readAccessLog } from '../sim/fit/fitLog.ts'
import { parseModel, readModel } from '../sim/readModel.ts'
import { JournalExecutor } from '../sim/tune/journal.ts'
import { mergeShards } from '../sim/tune/merge.ts'
import { wholeHash } from '../sim/tune/shard.ts'
import { checkedTrace } from '../traces/limits.ts'
import { readTrace } from '../traces/read.ts'
import { damaged, withForeignKey, withNasty } from './damage.ts'

/*
 * Every reader of a person's file, whatever is in the file: what it promises, or a UserError with the file's name and what was
 * expected, at once. The record has a test of its own (record/readFuzz.test.ts).
 */
const ROOT = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'scaletwin-bad-'))
afterAll(() => rmSync(folder, { recursive: true }))

const LONGEST_MS = 3000

interface Reader {
  /** Real files of this kind. */
  files: readonly Buffer[]
  name: string
  read: (path: string) => unknown
  /** What a value that was read keeps. */
  promise?: (value: never) => unknown
}

const shipped = (path: string) => readFileSync(join(ROOT, path))
const metrics = Object.fromEntries(METRICS.map((name, i) => [name, i === 3 ? null : i / 3]))
const results = ['a1', 'b2', 'c3'].map((id) => `${JSON.stringify({ id, metrics })}\n`).join('')
const head = { shard: 1, of: 1, whole: wholeHash(['a1', 'b2', 'c3']), ids: ['a1', 'b2', 'c3'] }
const logLine = (second: number, held: number) =>
  `lb haproxy[1]: 10.0.1.2:33317 [06/Feb/2026:12:14:${second}.655] web app/srv1 2/0/1/${held}/${held + 3} 200 2750 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/1.1"`
const HPA = `# by hand
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, annotations: {a: &x b, c: *x}}
spec:
  minReplicas: 2
  maxReplicas: 12
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: 65}}
  behavior:
    scaleDown: {stabilizationWindowSeconds: 30, policies: [{type: Pods, value: 1, periodSeconds: 60}]}
`
const KEDA = `kind: ScaledObject
spec:
  maxReplicaCount: 9
  triggers: [{type: cpu, metadata: {value: "60"}}, {type: prometheus, metadata: {query: q, threshold: "3"}}]
`

const READERS: Record<string, Reader> = {
  trace: {
    files: ['spike', 'bursty', 'users'].map((name) => shipped(`traces/${name}.json`)),
    name: 'trace.json',
    read: readTrace,
    promise: (trace) => checkedTrace(trace, 'again'),
  },
  model: {
    files: [shipped('sim/models/reference.json')],
    name: 'model.json',
    read: readModel,
    promise: (model) => parseModel(model, 'again'),
  },
  log: {
    files: [Buffer.from(Array.from({ length: 40 }, (_, i) => logLine(10 + i, 20 + i)).join('\n'))],
    name: 'access.log',
    read: readAccessLog,
    promise: ({ heldMs }: { heldMs: number[] }) =>
      expect(heldMs.every((ms) => ms >= 0 && Number.isFinite(ms))).toBe(true),
  },
  autoscaler: {
    files: [Buffer.from(HPA), Buffer.from(KEDA)],
    name: 'hpa.yaml',
    read: (path) => readAutoscaler(path, 'requests'),
    promise: ({ parameters, min, max }: { parameters: object; min: number; max: number }) => {
      expect(min >= 1 && max >= min && max <= 1000).toBe(true)
      expect(Object.values(parameters).every(Number.isFinite)).toBe(true)
    },
  },
  authors: {
    files: [Buffer.from('- name: A\n  email: a@example.org\n  contributions: [x, y]\n- name: B\n')],
    name: 'authors.yaml',
    read: (path) => parseAuthors(readTextFile(path), path),
    promise: (authors: { name: string }[]) => expect(authors.every(({ name }) => name.length > 0)).toBe(true),
  },
  'own text': {
    files: [
      Buffer.from('## abstract\n\nOne *two* `three`.\n\n- a\n- b\n\n## limits\n\n[x](https://example.org)\n'),
    ],
    name: 'own.md',
    read: (path) => parseOwnText(readTextFile(path), path),
  },
  journal: {
    files: [Buffer.from(results)],
    name: 'journal.ndjson',
    read: async (path) => {
      const journal = new JournalExecutor({ run: async () => [], close: async () => {} }, [], path)
      await journal.close()
      return journal.known
    },
    promise: (known: number) => expect(known).toBeLessThanOrEqual(3),
  },
  shard: {
    files: [Buffer.from(`${JSON.stringify(head)}\n${results}`)],
    name: 'shard.ndjson',
    read: (path) => mergeShards([path]),
    promise: (merged: { results: unknown[] }) => expect(merged.results).toHaveLength(3),
  },
}

/** @returns whether it was read. */
async function check({ name, read, promise }: Reader, bytes: Buffer | string): Promise<boolean> {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  const now = runClock()
  try {
    const value = await read(path)
    await promise?.(value as never)
    return true
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    expect(error.message).toContain(basename(path))
    expect(error.message).toMatch(/[Ee]xpected .|what may stand there|Give |Run its shard|Add its file/)
    expect(error.message.length).toBeLessThan(4000)
    return false
  } finally {
    expect(now()).toBeLessThan(LONGEST_MS)
  }
}

describe.each(Object.entries(READERS))('a %s', (_, reader) => {
  it('is read as it is, with a byte-order mark and with CRLF', async () => {
    for (const file of reader.files) {
      const text = file.toString('utf8')
      for (const variant of [text, `\uFEFF${text}`, text.replaceAll('\n', '\r\n')])
        expect(await check(reader, variant)).toBe(true)
    }
  })

  it('that is damaged is read, or refused with its name and what was expected', async () => {
    let refused = 0
    const property = fc.asyncProperty(damaged(reader.files), async (bytes) => {
      if (!(await check(reader, bytes))) refused++
    })
    await fc.assert(property, { numRuns: 100 })
    expect(refused).toBeGreaterThan(15)
  })

  it.each<[string, string | Buffer]>([
    ['is empty', ''],
    ['is one NUL', Buffer.of(0)],
    ['is in UTF-16', Buffer.from('\uFEFF{"a": 1}', 'utf16le')],
    ['is compressed', Buffer.of(0x1f, 0x8b, 8, 0)],
    ['is binary', Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256))],
    ['is one endless line', `"${'x'.repeat(2_000_000)}`],
    ['is a hundred thousand brackets', '['.repeat(100_000)],
    ['is a hundred thousand braces', '{"a":'.repeat(100_000)],
  ])('that %s is refused', async (what, bytes) => {
    const isNothing = what === 'is empty' && ['journal.ndjson', 'own.md'].includes(reader.name)
    expect(await check(reader, bytes)).toBe(isNothing)
  })
})

describe.each([READERS.trace!, READERS.model!])('$name', (reader) => {
  const texts = reader.files.map((file) => file.toString('utf8'))

  it('with another value somewhere is read, or refused by its place', async () => {
    const nasty = fc.constantFrom(...texts).chain(withNasty)
    await fc.assert(
      fc.asyncProperty(nasty, async (text) => void (await check(reader, text))),
      { numRuns: 120 },
    )
  })

  it('with a key that is misspelt, or one that nobody knows, is refused', async () => {
    const free = ['host', 'classes', 'parameters', 'families', 'startup']
    const foreign = fc.constantFrom(...texts).chain((text) => withForeignKey(text, free))
    const property = fc.asyncProperty(foreign, async ([text]) => {
      expect(await check(reader, text)).toBe(false)
    })
    await fc.assert(property, { numRuns: 120 })
  })

  it('with a key twice is refused, with the line', async () => {
    const twice = texts[0]!.replace('"schema": 1,', '"schema": 1,\n  "sch\\u0065ma": 1,')
    expect(await check(reader, twice)).toBe(false)
    await expect(async () => reader.read(join(folder, reader.name))).rejects.toThrow(
      'line 3, column 3 is "schema", expected each key once',
    )
  })
})

it('a file that is given as a journal by mistake is left as it is', async () => {
  for (const text of ['my only copy', `${JSON.stringify(head)}`, '{"id": "a1"']) {
    expect(await check(READERS.journal!, text)).toBe(false)
    expect(readFileSync(join(folder, 'journal.ndjson'), 'utf8')).toBe(text)
  }
  expect(await check(READERS.journal!, `${results}{"id":"d4","met`)).toBe(true)
  expect(readFileSync(join(folder, 'journal.ndjson'), 'utf8')).toBe(results)
})

describe('YAML', () => {
  const alike = (count: number, line: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => line(i)).join('\n')
  const bomb = [...'bcdefghi'].map(
    (key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcdefgh'[i]}`).join()}]`,
  )
  it.each<[string, string, string]>([
    ['an alias of an alias, nine by nine', ['a: &a [x]', ...bomb].join('\n'), 'xcessive alias count'],
    ['5,000 aliases', alike(5000, (i) => `- &a${i} x\n- *a${i}`), 'more than 100 aliases'],
    ['an alias in itself', '&a [*a]', 'an alias stands inside of what it names'],
    ['a key twice', 'a: 1\nb: 2\n"a": 3', 'the key "a" is there twice at line 3, column 1'],
    ['a tag', 'a: !!js/function x', 'Unresolved tag'],
    ['bytes', 'a: !!binary aGVsbG8=', 'expected mappings'],
    ['a set', '%YAML 1.1\n---\na: !!set {x, y}', 'a Set'],
    ['a list as a key', '? [a]\n: b', 'a key is no text'],
    ['a thousand lists in one another', '- '.repeat(1000), 'x.yaml is not plain YAML'],
    ['a hundred lists in one another', `${'['.repeat(120)}${']'.repeat(120)}`, 'more than 100 levels'],
  ])('with %s is refused at once', async (_, text, message) => {
    const now = runClock()
    const error = await parseYaml(text, 'x.yaml').catch((thrown: unknown) => thrown)
    expect(now()).toBeLessThan(LONGEST_MS)
    expect(error).toBeInstanceOf(UserError)
    expect((error as Error).message).toContain(message)
  })

  it('with 20,000 keys is read within seconds', async () => {
    const now = runClock()
    const [value] = await parseYaml(
      alike(20_000, (i) => `k${i}: v`),
      'x.yaml',
    )
    expect(Object.keys(value as object)).toHaveLength(20_000)
    expect(now()).toBeLessThan(LONGEST_MS)
  })

  it('has names of JavaScript’s own as plain keys', async () => {
    const [value] = await parseYaml('__proto__: {a: 1}\nconstructor: 2', 'x.yaml')
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor'])
    expect((value as { a?: number }).a).toBeUndefined()
  })
})

import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseSla } from '../analysis/sla.ts'
import { materialOf } from '../cli/report/material.ts'
import { filesOf } from '../record/files.ts'
import { readRecord } from '../record/read.ts'
import { drawingsOf } from '../report/drawings.ts'
import { makeReport, renderHtml } from '../report/index.ts'
import { typstSource } from '../report/typst.ts'

/** A record that somebody else wrote: whatever stands in its texts is shown as text, and runs nowhere. */

const HOSTILE = `</script><script>alert(1)</script><img src=x onerror=alert(1)>"'\`\${1}&lt;]](javascript:alert(1)) #eval("1") $ *_`
/** Fields that hold one of a few words. */
const WORDS = ['mode', 'purpose', 'state', 'kind', 'process', 'topology', 'balance']
const SIM = join(import.meta.dirname, '..', 'bin', 'sim')
let folder: string
let paths: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
  const args = [
    'run',
    '--policy',
    'pid',
    '--trace',
    'step',
    '--stretch',
    '0.1',
    '--replications',
    '1',
    '--out',
    'sim',
  ]
  await execa(SIM, args, { cwd: folder })
  paths = await poison(join(folder, 'sim'))
}, 30_000)
afterAll(() => rm(folder, { recursive: true }))

/** Puts the hostile text behind every text of the header that takes it, one after the other; tells which those are. */
async function poison(record: string): Promise<string[]> {
  const file = filesOf(record).run
  let good = await readFile(file, 'utf8')
  const taken: string[] = []
  for (const path of textsIn(JSON.parse(good))) {
    const header = JSON.parse(good)
    append(header, path)
    await writeFile(file, JSON.stringify(header))
    const isTaken = await readRecord(record).then(
      () => true,
      () => false,
    )
    if (isTaken) {
      good = JSON.stringify(header)
      taken.push(path.join('.'))
    }
  }
  await writeFile(file, good)
  return taken
}

function textsIn(value: unknown, path: string[] = []): string[][] {
  if (typeof value === 'string') return WORDS.includes(path.at(-1)!) ? [] : [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) => textsIn(child, [...path, key]))
}

function append(header: unknown, path: string[]): void {
  const parent = path.slice(0, -1).reduce((value, key) => (value as Record<string, unknown>)[key], header)
  const [key] = path.slice(-1)
  const fields = parent as Record<string, string>
  fields[key!] += HOSTILE
}

it('has texts that take anything', () => {
  expect(paths).toEqual(
    expect.arrayContaining(['trace.name', 'trace.description', 'policy.name', 'model.name']),
  )
})

it('in the report: no element and no Typst code of its making', async () => {
  const material = await materialOf([join(folder, 'sim')], {
    sla: parseSla('p95<500ms over 10s'),
    model: undefined,
  })
  const report = makeReport({ ...material, title: HOSTILE, authors: [], own: {}, command: HOSTILE })
  const page = renderHtml(report, await drawingsOf(report))
  expect(page).toContain('&lt;script&gt;alert(1)')
  expect(page).not.toMatch(/<script|<img|href="javascript/i)
  const source = typstSource(report)
  expect(source).toContain('alert(1)')
  expect(source.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')).not.toMatch(/alert\(|eval\(/)
})

it('in a picture: neither as SVG nor as a page', async () => {
  const draw = (out: string) => execa(SIM, ['plot', 'sim', '--kind', 'timeline', '-o', out], { cwd: folder })
  await Promise.all([draw('picture.svg'), draw('picture.html')])
  const svg = await readFile(join(folder, 'picture.svg'), 'utf8')
  expect(svg).toContain('&lt;script&gt;alert(1)')
  expect(svg).not.toMatch(/<script|<img|<foreignObject|\son\w+="/i)
  const page = await readFile(join(folder, 'picture.html'), 'utf8')
  expect(page.replaceAll(/<script type="module">[\s\S]*?<\/script>/g, '')).not.toMatch(/<script>|<img/i)
})

it('in a replay: a policy file that it names is not run', async () => {
  await writeFile(
    join(folder, 'evil.mjs'),
    `import { writeFileSync } from 'node:fs'\nwriteFileSync('ran', '')\n`,
  )
  const file = filesOf(join(folder, 'sim')).run
  const header = JSON.parse(await readFile(file, 'utf8'))
  header.policy.name = './evil.mjs'
  await writeFile(file, JSON.stringify(header))
  const { exitCode, stderr } = await execa(SIM, ['replay', 'sim'], { cwd: folder, reject: false })
  expect(exitCode).toBe(2)
  expect(stderr).toContain('policy.name in the record is "./evil.mjs", expected a shipped policy')
  expect(existsSync(join(folder, 'ran'))).toBe(false)
})

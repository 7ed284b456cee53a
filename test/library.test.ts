import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { simulate } from 'scaletwin'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** The simulator as a library: what docs/library.md shows is run as it stands there. */
const ROOT = join(import.meta.dirname, '..')
/** Inside the package, so that the examples find it by its name. */
const FOLDER = join(ROOT, 'runs', `library-test-${process.pid}`)
const page = await readFile(join(ROOT, 'docs', 'library.md'), 'utf8')
const examples = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!)

beforeAll(() => mkdir(FOLDER, { recursive: true }))
afterAll(() => rm(FOLDER, { recursive: true, force: true }))

async function run(code: string): Promise<string> {
  const file = join(FOLDER, 'example.ts')
  await writeFile(file, code)
  const { stdout } = await execa(process.execPath, ['--disable-warning=ExperimentalWarning', file])
  return stdout
}

describe('the examples of docs/library.md', () => {
  it('the first: a shipped policy on a shipped trace', async () => {
    expect(examples).toHaveLength(2)
    const lines = (await run(examples[0]!)).split('\n')
    expect(lines[0]).toMatch(/^40 runs: [\d.]+ % violations$/)
    expect(lines[1]).toMatch(/^a further run: [\d.]+ to [\d.]+ % \(90 %\)$/)
  })

  it('the second: a policy and a trace of its own, with ticks and records', async () => {
    const lines = (await run(examples[1]!)).split('\n')
    expect(lines.filter((line) => line.includes(' -> ')).length).toBeGreaterThan(1)
    expect(lines.at(-1)).toMatch(/^[\d.]+ \d+$/)
  })
})

it('the same options give the same result', async () => {
  const options = { policy: 'threshold', trace: 'step', replications: 3, seed: 5 }
  expect(await simulate(options)).toEqual(await simulate(options))
})

it('a record holds the run of which the metrics are', async () => {
  const { runs, records } = await simulate({ policy: 'pid', trace: 'users', replications: 2, record: true })
  expect(records.map(({ requests }) => requests.class.length)).toEqual(runs.map(({ requests }) => requests))
})

const trace = { schema: 1 as const, name: 't', mix: { read: 1 } }
it.each<[string, Parameters<typeof simulate>[0], RegExp]>([
  ['an unknown policy', { policy: 'pd', trace: 'spike' }, /"pd".*pid/],
  ['a parameter out of bounds', { policy: 'pid', trace: 'spike', set: { kp: Number.NaN } }, /kp/],
  [
    'a negative rate',
    { policy: 'pid', trace: { ...trace, load: { kind: 'rate', points: [{ at: '1s', ratePerS: -1 }] } } },
    /points\[0\]\.ratePerS.*-1/,
  ],
  [
    'unsorted points',
    {
      policy: 'pid',
      trace: {
        ...trace,
        load: {
          kind: 'rate',
          points: [
            { at: '5s', ratePerS: 1 },
            { at: '1s', ratePerS: 1 },
          ],
        },
      },
    },
    /points\[1\]\.at/,
  ],
  [
    'a million replicas',
    { policy: 'pid', trace: 'spike', control: { maxReplicas: 1e6 } },
    /control\.maxReplicas.*1000000/,
  ],
  [
    'an interval that is no number',
    { policy: 'pid', trace: 'spike', control: { intervalMs: Number.NaN } },
    /control\.intervalMs/,
  ],
  [
    'no such algorithm',
    { policy: 'pid', trace: 'spike', service: { balance: 'fair' as 'first' } },
    /service\.balance.*"fair".*leastconn/,
  ],
  ['half a run', { policy: 'pid', trace: 'spike', replications: 1.5 }, /replications.*1\.5/],
  ['a seed that is no number', { policy: 'pid', trace: 'spike', seed: Number.NaN }, /seed/],
  [
    'stand-by replicas that the model does not know',
    { policy: 'pid', trace: 'spike', control: { standby: { method: 'paused', size: 2 } } },
    /no start-up time for paused/,
  ],
  ['an SLA that is none', { policy: 'pid', trace: 'spike', sla: 'fast' }, /sla.*"fast"/],
])('%s is refused with its place and value', async (_name, options, message) => {
  await expect(simulate(options)).rejects.toThrow(message)
})

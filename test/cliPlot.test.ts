import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { traceFile } from './support.ts'

/** `sim plot` as a newcomer types it. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })
const SIM = join(import.meta.dirname, '..', 'bin', 'sim')
let folder: string

async function sim(...args: string[]) {
  const { exitCode, stderr } = await execa(SIM, args, { cwd: folder, reject: false })
  return { code: exitCode, stderr }
}
const plot = (...args: string[]) => sim('plot', ...args)
const textOf = (name: string) => readFile(join(folder, name), 'utf8')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
  for (const name of ['first', 'second'])
    await writeFile(
      join(folder, `${name}.json`),
      traceFile(name, [
        ['0s', name === 'first' ? 5 : 6],
        ['10s', 20],
        ['25s', 6],
      ]),
    )
  const run = (policy: string, trace: string, out: string) =>
    sim('run', '--policy', policy, '--trace', `${trace}.json`, '--replications', '2', '--out', out)
  await run('pid', 'first', 'pid')
  await run('threshold', 'first', 'threshold')
  await run('pid', 'second', 'other')
  for (const policy of ['pid', 'threshold']) await callLive(policy, `${policy}-live`)
  await writeFile(join(folder, 'found.json'), JSON.stringify(FOUND))
})
afterAll(() => rm(folder, { recursive: true }))

/** A record that says of itself that it was measured. */
async function callLive(from: string, to: string): Promise<void> {
  await mkdir(join(folder, to))
  await cp(join(folder, from, '1'), join(folder, to, '1'), { recursive: true })
  const path = join(folder, to, '1', 'run.json')
  const run = JSON.parse(await readFile(path, 'utf8'))
  await writeFile(path, JSON.stringify({ ...run, mode: 'live' }))
}

const judged = (kp: number, replicaSeconds: number) => ({
  parameters: { kp, tiMs: 3000 * kp, tdMs: 5 },
  traces: [
    {
      trace: 'first',
      heldOut: false,
      keepsPromise: true,
      metrics: {
        replicaSeconds: { mean: replicaSeconds },
        violationShare: { mean: 0.01 },
        reversals: { mean: 2 },
      },
    },
  ],
})
/** The part of what `sim tune --out` writes that is drawn. */
const FOUND = {
  policy: 'pid',
  sla: 'p95<500ms over 10s',
  goal: { allowed: 0.05, probability: 0.9, robust: 'worst' },
  tuned: judged(2, 80),
  reference: judged(1, 100),
  evaluated: Array.from({ length: 30 }, (_, i) => ({
    parameters: { kp: 1 + i / 10, tiMs: 1000 + 37 * ((i * 7) % 30), tdMs: 5 },
    cost: 1 + i / 100,
    excess: i % 5 === 0 ? 0.1 : 0,
    violationShare: 0.02,
    replicaSeconds: 100,
    reversals: 1,
  })),
}

const BOTH = ['pid', 'threshold', 'pid-live', 'threshold-live']

describe('sim plot', () => {
  it.each([
    ['timeline', ['pid', 'pid-live'], 'Replicas by state, live run with seed'],
    ['violations', BOTH, 'Window by window'],
    ['latency', BOTH, 'Percentile (%)'],
    ['replicas', BOTH, 'Replicas ready'],
    ['frontier', BOTH, 'Cost (replica-seconds)'],
    ['elasticity', BOTH, 'Under-provisioning timeshare'],
    ['landscape', ['found.json'], 'What each parameter alone tells'],
  ])('--kind %s', async (kind, paths, shown) => {
    const { code, stderr } = await plot(...paths, '--kind', kind, '-o', `${kind}.svg`)
    expect(stderr).toContain(`picture: ${kind}.svg`)
    expect(code).toBe(0)
    expect(await textOf(`${kind}.svg`)).toContain(shown)
  })

  it('draws what there is where no kind is given, beside it', async () => {
    expect((await plot('pid')).stderr).toContain('picture: pid/timeline.svg')
    expect((await plot('found.json', '--format', 'png')).stderr).toContain('picture: landscape.png')
    expect((await readFile(join(folder, 'landscape.png'))).subarray(1, 4).toString()).toBe('PNG')
  })

  it('html: one page that needs nothing else, with the reasons of the decisions', async () => {
    await plot('pid', '-o', 'pid.html')
    const page = await textOf('pid.html')
    expect(page).toContain("script-src 'sha256-")
    expect(page).toContain('<th scope="col">Reason</th>')
    expect(page).toMatch(/<td>hold at \d<\/td><td>[^<]+<\/td>/)
    expect(page).not.toMatch(/<script[^>]+src=|<link/)
    expect(page.match(/<\/script/g)).toHaveLength(2)
  })

  it('a landscape has the two parameters that matter most on its axes, or those that were asked for', async () => {
    await plot('found.json', '-o', 'a.svg', '--x', 'tiMs')
    const svg = await textOf('a.svg')
    expect(svg).toContain('by tiMs and kp')
  })
})

describe('what cannot be drawn is told with what would help', () => {
  it.each([
    [
      ['pid', '--kind', 'saturation'],
      'none of the 2 records is of that kind (they are of run)',
      'live calibrate',
    ],
    [['pid', '--kind', 'violations'], 'needs simulated and live runs', 'Add the records of the other side'],
    [['pid', 'other'], 'of 2 different traces', '--kind replicas'],
    [['pid', 'threshold', '--kind', 'timeline'], 'of 2 different policies', '--kind replicas'],
    [['pid', '--kind', 'landscape'], 'sim tune --out', 'not run records'],
    [['pid', '--kind', 'fit'], 'is a simulated run', 'live runs'],
    [['found.json', '--kind', 'latency'], 'found.json is a file', 'sim run --out'],
    [['found.json', 'pid'], 'found.json is a file', 'give it alone'],
    [['found.json', '--x', 'nope'], '--x is "nope"', 'kp, tiMs'],
    [['found.json', '--x', 'kp', '--y', 'kp'], '--y is "kp"', 'another parameter than --x'],
    [['first.json'], 'first.json is', 'a model (sim fit -o)'],
    [['first.json', '--kind', 'landscape'], 'first.json: policy', 'what sim tune --out writes'],
    [['first.json', '--kind', 'fit'], 'first.json', 'expected'],
    [['nowhere'], 'nowhere holds no run record', 'run.json'],
    [['pid', '-o', 'a.gif'], '--out is "a.gif"', '.svg, .png or .html'],
    [['pid', '-o', 'a.svg', '--format', 'png'], '--format is "png"', 'expected svg'],
    [['pid', '--sla', 'soon'], '--sla is "soon"', 'p95<500ms'],
  ])('%j', async (args, said, remedy) => {
    const { code, stderr } = await plot(...args)
    expect(stderr).toContain(said)
    expect(stderr).toContain(remedy)
    expect(stderr).not.toContain('bug in ScaleTwin')
    expect(code).toBe(2)
  })

  it('a search that moved one parameter has no landscape', async () => {
    const evaluated = FOUND.evaluated.map((one) => ({
      ...one,
      parameters: { ...one.parameters, tiMs: 1 },
    }))
    await writeFile(join(folder, 'one.json'), JSON.stringify({ ...FOUND, evaluated }))
    const { code, stderr } = await plot('one.json')
    expect(stderr).toContain('the candidates differ in kp, and a landscape has two axes')
    expect(code).toBe(2)
  })
})

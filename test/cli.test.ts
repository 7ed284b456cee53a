import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { METRICS } from '../analysis/metrics.ts'

/** The command line as a person meets it: in an empty folder, through the launcher. */
const ROOT = join(import.meta.dirname, '..')
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function cli(program: 'sim' | 'live', ...args: string[]) {
  const result = await execa(join(ROOT, 'bin', program), args, { cwd: folder, reject: false })
  return { code: result.exitCode, stdout: result.stdout, stderr: result.stderr }
}
const sim = (...args: string[]) => cli('sim', ...args)
const file = async (name: string, content: unknown) => {
  const path = join(folder, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

describe('sim run', () => {
  it('predicts with the shipped model, the results on stdout, the rest on stderr', async () => {
    const { code, stdout } = await sim(
      'run',
      '--policy',
      'pid',
      '--trace',
      'spike.json',
      '--replications',
      '3',
    )
    expect(code).toBe(0)
    expect(stdout).toMatch(/pid on spike .*SLA p95<500ms over 10s/)
    expect(stdout).toMatch(/SLA violations, requests +\d+\.\d %/)
  })

  it('--json is one object with every metric and its 90 % interval', async () => {
    const { stdout } = await sim(
      'run',
      '--policy',
      'threshold',
      '--trace',
      'step',
      '--replications',
      '4',
      '--seed',
      '9',
      '--json',
    )
    const result = JSON.parse(stdout)
    expect(result).toMatchObject({ replications: 4, seed: 9 })
    expect(Object.keys(result.metrics)).toEqual([...METRICS])
    for (const { mean, lo, hi } of Object.values<{ mean: number; lo: number; hi: number }>(result.metrics)) {
      expect(lo <= mean && mean <= hi).toBe(true)
    }
  })

  it('--out writes records that replay and plot, and refuses to overwrite them without --force', async () => {
    const args = [
      'run',
      '--policy',
      'pid',
      '--trace',
      'spike',
      '--slice',
      '20s..40s',
      '--replications',
      '2',
      '--out',
      'r',
    ]
    expect((await sim(...args)).code).toBe(0)
    expect(await readdir(join(folder, 'r'))).toEqual(['1', '2', 'prediction.json'])
    expect((await sim('replay', 'r')).stdout).toBe(
      'r/1: 20 of 20 decisions the same (100 %)\nr/2: 20 of 20 decisions the same (100 %)',
    )
    expect((await sim('plot', 'r', '-o', 'p.svg')).code).toBe(0)
    expect(await readFile(join(folder, 'p.svg'), 'utf8')).toMatch(/^<svg/)
    expect(await sim(...args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--out r is not empty'),
    })
    expect((await sim(...args, '--force')).code).toBe(0)
  })

  it('--out never replaces what is no record', async () => {
    await file('thesis.tex', 'years of work')
    const result = await sim('run', '--policy', 'pid', '--trace', 'step', '--out', '.', '--force')
    expect(result).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('holds thesis.tex, which is no run record'),
    })
    expect(await readFile(join(folder, 'thesis.tex'), 'utf8')).toBe('years of work')
  })

  it("takes a user's own policy file", async () => {
    await file(
      'mine.ts',
      `
      export default {
        name: 'mine', summary: 'always two', source: 'me', parameters: {},
        init: () => null,
        decide: (_context: unknown, seen: { target: number }) => ({
          decision: seen.target === 2 ? { kind: 'hold', reason: 'two' } : { kind: 'scale', replicas: 2, reason: 'two' },
          state: null,
        }),
      }`,
    )
    const { code, stdout } = await sim('run', '--policy', './mine.ts', '--trace', 'step', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout).metrics.replicasMax.mean).toBe(2)
  })

  it('ends quietly when the reader of its pipe goes away', async () => {
    const shell = `'${join(ROOT, 'bin/sim')}' run --policy pid --trace step --replications 1 | head -1; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = await execa('bash', ['-c', shell])
    expect(stdout.split('\n').at(-1)).toBe('0')
    expect(stderr).toBe('')
  })
})

describe('wrong usage ends with 2 and one message that says place, value and expectation', () => {
  it.each<[string, string[], string]>([
    ['no command', ['nonsense'], "unknown command 'nonsense'"],
    ['no policy', ['run', '--trace', 'spike'], "required option '--policy <name|file>' not specified"],
    [
      'unknown policy',
      ['run', '--policy', 'pdi', '--trace', 'spike'],
      '--policy is "pdi", expected one of static, threshold',
    ],
    [
      'missing policy file',
      ['run', '--policy', './no.ts', '--trace', 'spike'],
      '--policy ./no.ts: there is no such file',
    ],
    ['unknown trace', ['run', '--policy', 'pid', '--trace', 'spiky'], 'spike'],
    [
      'unknown model',
      ['run', '--policy', 'pid', '--trace', 'spike', '--model', 'm'],
      'there is no model "m": neither a file nor one of the shipped ones (reference)',
    ],
    [
      'unknown parameter',
      ['run', '--policy', 'pid', '--trace', 'spike', '--set', 'k=1'],
      '--set is "k", expected a parameter of pid',
    ],
    [
      'value out of bounds',
      ['run', '--policy', 'pid', '--trace', 'spike', '--set', 'kp=99'],
      '--set kp is "99", expected a number from 0 to 10',
    ],
    [
      'broken SLA',
      ['run', '--policy', 'pid', '--trace', 'spike', '--sla', 'fast'],
      '--sla is "fast", expected a text such as "p95<500ms over 10s"',
    ],
    [
      'bad duration',
      ['run', '--policy', 'pid', '--trace', 'spike', '--window', '5'],
      '--window is "5", expected a duration with its unit',
    ],
    [
      'bounds crossed',
      ['run', '--policy', 'pid', '--trace', 'spike', '--min', '5', '--max', '2'],
      '--max is 2, expected at least --min, 5',
    ],
    [
      'no whole number',
      ['run', '--policy', 'pid', '--trace', 'spike', '--seed', 'x'],
      'expected a whole number',
    ],
    ['no record', ['compare', '.'], '. holds no run record'],
    ['nothing to replay', ['replay', 'nowhere'], 'nowhere holds no run record'],
    ['nothing to fit', ['fit', 'nowhere', '-o', 'm.json'], 'nowhere holds no run record'],
  ])('%s', async (_name, args, message) => {
    const { code, stdout, stderr } = await sim(...args)
    expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/\n\s+at /)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(await readdir(folder)).toEqual([])
  })

  it.each<[string, unknown, string]>([
    ['no JSON', '{"schema": 1,', 'bad.json'],
    ['another version', { schema: 7 }, 'schema'],
    [
      'negative rate',
      {
        schema: 1,
        name: 'x',
        mix: { read: 1 },
        load: {
          kind: 'rate',
          points: [
            { at: '0s', ratePerS: -1 },
            { at: '1s', ratePerS: 1 },
          ],
        },
      },
      'points[0].ratePerS',
    ],
  ])('a broken trace file: %s', async (_name, content, message) => {
    const { code, stderr } = await sim('run', '--policy', 'pid', '--trace', await file('bad.json', content))
    expect(code).toBe(2)
    expect(stderr).toContain('bad.json')
    expect(stderr).toContain(message)
  })

  it.each<[string, (model: Record<string, unknown>) => unknown, string]>([
    ['no JSON', () => '{', 'line 1, column 2 is "the end of the file", expected valid JSON'],
    ['a misspelt key', (model) => ({ ...model, clases: {} }), 'clases'],
    [
      'an unknown family',
      (model) => ({ ...model, transitMs: { distribution: { family: 'zipf' } } }),
      'transitMs.distribution.family',
    ],
    [
      'a negative time',
      (model) => ({ ...model, stopMs: { distribution: { family: 'deterministic', value: -1 } } }),
      'stopMs.distribution.value',
    ],
    ['no classes', (model) => ({ ...model, classes: {} }), 'at least one class'],
  ])('a broken model file: %s', async (_name, spoil, message) => {
    const model = JSON.parse(await readFile(join(ROOT, 'sim/models/reference.json'), 'utf8'))
    const path = await file('bad.json', spoil(model))
    const { code, stderr } = await sim('run', '--policy', 'pid', '--trace', 'spike', '--model', path)
    expect(code).toBe(2)
    expect(stderr).toContain('bad.json')
    expect(stderr).toContain(message)
  })

  it('a class that the model does not know', async () => {
    const model = JSON.parse(await readFile(join(ROOT, 'sim/models/reference.json'), 'utf8'))
    const path = await file('m.json', { ...model, classes: { read: model.classes.read } })
    const { code, stderr } = await sim('run', '--policy', 'pid', '--trace', 'spike', '--model', path)
    expect(code).toBe(2)
    expect(stderr).toContain('class "write"')
    expect(stderr).toContain('live calibrate saturation --mix write=1')
  })
})

it('live refuses a target that is not on this machine', async () => {
  const { code, stderr } = await cli('live', 'load', '--trace', 'step', '--url', 'http://198.51.100.1/')
  expect(code).toBe(2)
  expect(stderr).toContain('--own-target')
})

it('live without Podman says what to install and ends with 3', async () => {
  const result = await execa(
    process.execPath,
    [join(ROOT, 'cli/live.ts'), 'run', '--policy', 'pid', '--trace', 'spike'],
    {
      cwd: folder,
      reject: false,
      env: { PATH: '/nowhere' },
      extendEnv: false,
    },
  )
  expect(result.stderr).toMatch(/(podman|runc) is not installed.*To mend it: apt-get install/s)
  expect(result.exitCode).toBe(3)
})

it('help names every command and the exit codes', async () => {
  const help = await sim('--help')
  for (const word of ['run', 'fit', 'compare', 'replay', 'plot', 'policies', 'traces', 'Exit codes'])
    expect(help.stdout).toContain(word)
  const live = await cli('live', '--help')
  for (const word of ['up', 'status', 'down', 'test', 'load', 'calibrate', 'run'])
    expect(live.stdout).toContain(word)
  expect([help.code, live.code]).toEqual([0, 0])
})

import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sleep } from '../base/clock.ts'

/** What `sim run` can do beside running: precision, explanation, threads, retries and the rest of its own flags. */
const ROOT = join(import.meta.dirname, '..')
const MODEL = JSON.parse(await readFile(join(ROOT, 'sim', 'models', 'reference.json'), 'utf8'))
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function run(...args: string[]) {
  const result = await execa(join(ROOT, 'bin', 'sim'), ['run', ...args], { cwd: folder, reject: false })
  return { code: result.exitCode, stdout: result.stdout, stderr: result.stderr }
}
const metrics = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout).metrics
const PID = ['--policy', 'pid', '--trace', 'spike']

it('--precision runs until the means are known so well, and says how many runs that took', async () => {
  const runs = async (precision: string) =>
    JSON.parse((await run(...PID, '--precision', precision, '--json')).stdout).replications
  expect(await runs('50%')).toBe(20)
  expect(await runs('5%')).toBeGreaterThan(20)
})

it('--precision and --explain go together', async () => {
  const { stdout } = await run(...PID, '--precision', '50%', '--explain', '--json')
  const { replications, ticks } = JSON.parse(stdout)
  expect({ replications, ticks: ticks.length }).toEqual({ replications: 20, ticks: 90 })
})

it('--explain shows each tick of the first run with the reason, before the table', async () => {
  const { stdout } = await run(...PID, '--slice', '15s..30s', '--explain')
  expect(stdout).toMatch(/^seed 1\n *s +load\/s .* why\n/)
  expect(stdout.match(/command \d+\.\d+, required/g)!.length).toBeGreaterThan(8)
  expect(stdout).toMatch(/\d -> \d/)
  const { ticks } = JSON.parse((await run(...PID, '--slice', '15s..30s', '--explain', '--json')).stdout)
  expect(ticks).toHaveLength(15)
  expect(ticks[5].observation.responseMs.p95).toBeGreaterThan(0)
})

it('any number of threads gives the same bytes', async () => {
  const args = [...PID, '--replications', '30', '--json']
  const alone = await run(...args)
  expect((await run(...args, '--workers', '2')).stdout).toBe(alone.stdout)
  expect((await run(...args, '--workers', '4')).stdout).toBe(alone.stdout)
})

it('Ctrl-C leaves whole records only, and ends with 130', async () => {
  const out = join(folder, 'many')
  for (const afterMs of [700, 900, 1100]) {
    const args = ['run', ...PID, '--replications', '100000', '--out', out, '--force']
    const running = execa(join(ROOT, 'bin', 'sim'), args, { cwd: folder, reject: false })
    await sleep(afterMs)
    running.kill('SIGINT')
    const { exitCode, signal } = await running
    expect(exitCode === 130 || signal === 'SIGINT').toBe(true)
    for (const record of existsSync(out) ? readdirSync(out) : [])
      expect(readdirSync(join(out, record))).toContain('run.json')
  }
})

describe('what only the simulator has', () => {
  const OVERLOAD = [
    '--policy',
    'static',
    '--trace',
    'step',
    '--replications',
    '5',
    '--client-timeout',
    '500ms',
  ]

  it('clients that try again make an overload worse: the server works on tries that were given up', async () => {
    const once = await metrics(...OVERLOAD)
    const again = await metrics(...OVERLOAD, '--retries', '3:200ms')
    expect(again.requests).toEqual(once.requests)
    expect(again.completed.mean).toBeLessThan(0.8 * once.completed.mean)
  })

  it('a short queue refuses instead of letting wait', async () => {
    const long = await metrics(...OVERLOAD)
    const short = await metrics(...OVERLOAD, '--queue-limit', '2')
    expect(short.waitMsMean.mean).toBeLessThan(0.5 * long.waitMsMean.mean)
    expect(short.completed.mean).toBeGreaterThan(long.completed.mean)
  })

  it('a rate limit rejects what is over it', async () => {
    const { rejected } = await metrics(
      '--policy',
      'static',
      '--trace',
      'step',
      '--rate-limit',
      '4 per second',
    )
    expect(rejected.mean).toBeGreaterThan(100)
  })

  it('a closed loop of users asks an overloaded service less', async () => {
    const few = await metrics('--policy', 'static', '--trace', 'users', '--set', 'replicas=1')
    const many = await metrics('--policy', 'static', '--trace', 'users', '--set', 'replicas=6')
    expect(many.requests.mean).toBeGreaterThan(1.2 * few.requests.mean)
  })

  it('paused replicas start sooner than cold ones, where the model knows both', async () => {
    const paused = { distribution: { family: 'deterministic', value: 50 } }
    const model = { ...MODEL, startup: { ...MODEL.startup, paused } }
    await writeFile(join(folder, 'm.json'), JSON.stringify(model))
    const cold = await metrics(...PID, '--model', 'm.json')
    const standby = await metrics(...PID, '--model', 'm.json', '--standby', 'paused:4')
    expect(standby.responseMsP95.mean).toBeLessThan(cold.responseMsP95.mean)
  })

  it('--work gives another policy the same requests with the same work', async () => {
    await run(...PID, '--replications', '1', '--seed', '7', '--out', 'first')
    const { code, stdout } = await run(
      '--policy',
      'threshold',
      '--trace',
      'spike',
      '--work',
      'first',
      '--out',
      'second',
    )
    expect(code).toBe(0)
    expect(stdout).toContain('seed 7')
    const header = async (name: string) => JSON.parse(await readFile(join(folder, name, 'run.json'), 'utf8'))
    expect((await header('second')).seed).toBe(7)
    const other = await run('--policy', 'pid', '--trace', 'step', '--work', 'first')
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('is a run on the trace spike') })
  })
})

it.each<[string, string[], string]>([
  ['precision without percent', [...PID, '--precision', '2'], 'expected a percentage such as 2%'],
  ['precision with a number of runs', [...PID, '--precision', '2%', '--replications', '3'], '--precision'],
  ['retries', [...PID, '--retries', 'two'], '--retries is "two", expected none or N:PAUSE'],
  ['a queue limit', [...PID, '--queue-limit', '-1'], '--queue-limit is "-1", expected a whole number from 0'],
  ['health checks', [...PID, '--health', 'maybe'], '--health is "maybe", expected on or off'],
  ['a rate limit', [...PID, '--rate-limit', 'slow'], '--rate-limit is "slow", expected off, or a text'],
  [
    'a stand-by that the model does not know',
    [...PID, '--standby', 'paused:2'],
    'has no start-up time for paused',
  ],
  ['work for several runs', [...PID, '--work', '.', '--replications', '2'], '--work'],
  ['a peak for a closed loop', ['--policy', 'pid', '--trace', 'users', '--peak', '9'], '--peak is 9'],
])('%s: a wrong value ends with 2 and says what was expected', async (_name, args, message) => {
  const { code, stdout, stderr } = await run(...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(message)
})

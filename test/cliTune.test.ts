import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sleep } from '../base/clock.ts'

/** `sim tune` and `sim advise` as a newcomer types them. */
vi.setConfig({ testTimeout: 120_000 })
const ROOT = join(import.meta.dirname, '..')
const SIM = join(ROOT, 'bin', 'sim')
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function sim(...args: string[]) {
  const result = await execa(SIM, args, { cwd: folder, reject: false })
  return { code: result.exitCode, stdout: result.stdout, stderr: result.stderr }
}
const SMALL = ['--trace', 'spike', '--seeds', '4', '--evaluations', '12']
const TUNE = ['tune', '--policy', 'pid', ...SMALL]

/** Types the printed `sim run` into a shell. */
const inShell = (command: string) =>
  execa('bash', ['-c', `'${SIM}' ${command.replace(/^sim /, '')} --replications 1 --json`], { cwd: folder })

describe('sim tune', () => {
  it('shows before and tuned with intervals, held-out traces too, and a command that sim run takes', async () => {
    const { code, stdout } = await sim(...TUNE, '--held-out', 'ramp')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^pid, 12 candidates; SLA p95<500ms over 10s, at most 5\.0 %/)
    expect(stdout).toMatch(/trace +before +tuned/)
    expect(stdout).toMatch(/spike +SLA violations, requests +\d+\.\d % \(\d+\.\d % to \d+\.\d %\)/)
    expect(stdout).toContain('ramp, held out')
    const command = /to use it: (sim run .*)/.exec(stdout)![1]!
    expect((await inShell(command)).exitCode).toBe(0)
  })

  it('the command keeps what was pinned and what the service was tuned for, whatever the shell makes of it', async () => {
    const given = ['--set', 'kp=0.5', '--sla', '99%<800ms', '--max', '12', '--peak', '30']
    const words = ['tune', '--policy', 'pid | clamp', ...SMALL, ...given, '--json']
    const { tuned, command } = JSON.parse((await sim(...words)).stdout)
    expect(tuned.parameters.kp).toBe(0.5)
    for (const part of [
      "--policy 'pid | clamp'",
      '--set kp=0.5',
      "--sla '99%<800ms'",
      '--max 12',
      '--peak 30',
    ])
      expect(command).toContain(part)
    expect(command).not.toMatch(/--(seeds|evaluations|budget|json)/)
    expect((await inShell(command)).exitCode).toBe(0)
  })

  it('the same again gives the same bytes, with any number of threads; --out holds what --json prints', async () => {
    const first = await sim(...TUNE, '--json', '--workers', '1', '--out', 'best.json')
    expect((await sim(...TUNE, '--json', '--workers', '2')).stdout).toBe(first.stdout)
    expect((await sim(...TUNE, '--json', '--workers', '4')).stdout).toBe(first.stdout)
    expect(JSON.parse(await readFile(join(folder, 'best.json'), 'utf8'))).toEqual(JSON.parse(first.stdout))
  })

  it('--objective pareto adds the trade-offs, the dearest last', async () => {
    const { front } = JSON.parse((await sim(...TUNE, '--objective', 'pareto', '--json')).stdout)
    const costs = front.map((point: { replicaSeconds: number }) => point.replicaSeconds)
    expect(costs.length).toBeGreaterThan(1)
    expect(costs).toEqual([...costs].sort((a, b) => a - b))
  })

  it.each([1, 2])(
    'Ctrl-C with %i threads ends with 130; the journal goes on to the same result',
    async (workers) => {
      const words = ['--policy', 'pid', '--trace', 'spike', '--seeds', '10', '--workers', `${workers}`]
      const journal = join(folder, 'journal')
      const long = ['tune', ...words, '--evaluations', '100000', '--journal', journal]
      const running = execa(SIM, long, { cwd: folder, reject: false })
      for (let waited = 0; waited < 200 && !(await sizeOf(journal)); waited++) await sleep(100)
      running.kill('SIGINT')
      const { exitCode, stdout } = await running
      expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' })
      const kept = (await readFile(journal, 'utf8')).trimEnd().split('\n')
      expect(kept.length).toBeGreaterThan(0)
      const short = ['tune', ...words, '--evaluations', '30', '--json']
      const resumed = await sim(...short, '--journal', journal)
      expect(resumed.code).toBe(0)
      expect(resumed.stdout).toBe((await sim(...short)).stdout)
      const all = (await readFile(journal, 'utf8')).trimEnd().split('\n')
      expect(all.slice(0, kept.length)).toEqual(kept)
      expect(new Set(all.map((text) => JSON.parse(text).id)).size).toBe(all.length)
    },
  )

  it.each<[string, string[], RegExp]>([
    ['no policy', ['--trace', 'spike'], /required option '--policy <name\|file>'/],
    ['an unknown method', [...TUNE.slice(1), '--method', 'guess'], /Allowed choices are cmaes, random/],
    ['a share without %', [...TUNE.slice(1), '--allow', '1'], /expected a percentage such as 5%/],
    [
      'a duration without unit',
      [...TUNE.slice(1), '--budget', '60'],
      /--budget is "60", expected a duration/,
    ],
    [
      'a pinned parameter that is none',
      [...TUNE.slice(1), '--set', 'kq=1'],
      /--set is "kq", expected a parameter of pid/,
    ],
  ])('%s: ends with 2 and says what was expected', async (_name, words, message) => {
    const { code, stderr } = await sim('tune', ...words)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })

  it('refuses a journal that is another file, and leaves it as it was', async () => {
    await writeFile(join(folder, 'thesis.txt'), 'years of work\n')
    const { code, stderr } = await sim(...TUNE, '--journal', 'thesis.txt')
    expect(code).toBe(2)
    expect(stderr).toMatch(/--journal thesis.txt, line 1 is "years of work", expected a run of a search/)
    expect(await readFile(join(folder, 'thesis.txt'), 'utf8')).toBe('years of work\n')
  })
})

describe('sim advise', () => {
  const ADVISE = ['advise', ...SMALL, '--policies', 'threshold,pid']

  it('recommends one, says how sure it is and what dead time costs, and gives a command that sim run takes', async () => {
    const { code, stdout } = await sim(...ADVISE, '--sla', '99%<800ms', '--max', '12')
    expect(code).toBe(0)
    expect(stdout).toMatch(/(is the cheapest that keeps the promise|no policy keeps the promise)/)
    expect(stdout).toMatch(/spike: a replica serves \d+\.\d s after the rise/)
    const command = /to use it: (sim run .*)/.exec(stdout)![1]!
    expect(command).toContain("--sla '99%<800ms' --max 12")
    expect((await inShell(command)).exitCode).toBe(0)
  })

  it('refuses a policy that it does not have, and one twice', async () => {
    expect(await sim('advise', ...SMALL, '--policies', 'pid,pdi')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--policy is "pdi"'),
    })
    expect((await sim('advise', ...SMALL, '--policies', 'pid,pid')).code).toBe(2)
  })
})

const sizeOf = async (path: string) => (existsSync(path) ? (await readFile(path)).length : 0)

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monotonicMs, sleep } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { type Random, stream } from '../base/random.ts'
import { formatDuration } from '../base/units.ts'
import { readRecord } from '../record/read.ts'
import { leftovers } from './leftovers.ts'
import { live, SAWTOOTH } from './liveCommand.case.ts'
import { traceFile } from './support.ts'

export interface KillsOptions {
  kills: number
  seed: number
  /** How many runs go on side by side. */
  atOnce: number
  /** After so many kills `live down` must leave nothing. */
  downEvery: number
  /** A run is killed between 0 and this after its start. */
  withinMs: number
  say: (line: string) => void
}

export interface Kill {
  number: number
  afterMs: number
  /** The last that the run said of itself: where it was. */
  doing: string
  /** What its record came to. */
  record: string
}

export interface KillsResult {
  kills: Kill[]
  /** Records that could not be read, and what `live down` left; none is good. */
  problems: string[]
}

/** Set-up, a few scale-outs and scale-ins, and clean-up together take about 12 s on two quiet cores. */
const TRACE_S = 5

/** Kills (-9) live runs at random moments, and looks what is left of them. */
export async function killRuns(options: KillsOptions): Promise<KillsResult> {
  const random = stream(options.seed, 'kills')
  const folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
  const kills: Kill[] = []
  const problems: string[] = []
  let pids: number[] = []
  try {
    await writeFile(
      join(folder, 'steady.json'),
      traceFile('steady', [
        ['0s', 20],
        [`${TRACE_S}s`, 20],
      ]),
    )
    while (kills.length < options.kills) {
      const due = Math.min(options.atOnce, options.kills - kills.length, options.downEvery - pids.length)
      const numbers = Array.from({ length: due }, (_, i) => kills.length + i + 1)
      const made = await Promise.all(numbers.map((number) => killOne(number, folder, options, random)))
      for (const { kill, pid, problem } of made) {
        kills.push(kill)
        pids.push(pid)
        options.say(
          `kill ${kill.number} after ${formatDuration(kill.afterMs)} (${kill.doing}): ${kill.record}`,
        )
        if (problem) problems.push(problem)
      }
      if (pids.length < options.downEvery && kills.length < options.kills) continue
      const left = await takeDown(folder, pids)
      options.say(`live down: ${left.length === 0 ? 'nothing left' : left.join('; ')}`)
      problems.push(...left.map((line) => `after kill ${kills.length}: ${line}`))
      pids = []
    }
  } finally {
    await takeDown(folder, pids)
    await rm(folder, { recursive: true })
  }
  return { kills, problems }
}

async function killOne(
  number: number,
  folder: string,
  { withinMs }: KillsOptions,
  random: Random,
): Promise<{ kill: Kill; pid: number; problem: string | null }> {
  const out = `run-${number}`
  const args = [
    'run',
    '--policy',
    SAWTOOTH,
    '--trace',
    'steady.json',
    '--delay',
    'uniform:2:20',
    '--out',
    out,
  ]
  const afterMs = random() * withinMs
  const startedMs = monotonicMs()
  const child = live(args, folder)
  let said = ''
  child.stderr!.on('data', (chunk) => {
    said += chunk
  })
  const ended = child.then(({ signal, exitCode }) => (signal ? null : exitCode))
  await Promise.race([sleep(afterMs), ended])
  child.kill('SIGKILL')
  const exitCode = await ended
  const last = said
    .trim()
    .split(/[\r\n]/)
    .at(-1)!
    .trim()
    .slice(0, 60)
  const doing = exitCode === null ? last || 'beginning' : `had ended with ${exitCode}: ${last}`
  const { record, problem } = await judge(join(folder, out))
  const kill = { number, afterMs: Math.min(afterMs, monotonicMs() - startedMs), doing, record }
  return { kill, pid: child.pid!, problem: problem && `record of kill ${number}: ${problem}` }
}

async function judge(folder: string): Promise<{ record: string; problem: string | null }> {
  try {
    const { run, ticks, requests } = await readRecord(folder)
    const record = `${run.state}, ${ticks.length} ticks, ${requests.class.length} requests`
    return { record, problem: run.state === 'running' ? 'is said to be running' : null }
  } catch (error) {
    const why = messageOf(error)
    const isNone = /has no run\.json/.test(why)
    return { record: isNone ? 'none' : why, problem: isNone ? null : why }
  }
}

/** Another start on this machine may remove what was found before `live down` does: then it is looked for again. */
const MOST_TRIES = 3

/** Takes down what runs of these processes left, and tells what is left then. */
async function takeDown(folder: string, pids: readonly number[]): Promise<string[]> {
  if (pids.length === 0) return []
  for (let left = MOST_TRIES; ; left--) {
    const { stdout } = await live(['status', '--json'], folder)
    const { testbeds } = JSON.parse(stdout) as { testbeds: { id: string; ownerPid: number | null }[] }
    const own = testbeds.filter(({ ownerPid }) => ownerPid === null || pids.includes(ownerPid))
    if (own.length === 0) return await leftovers()
    const { exitCode, stderr } = await live(['down', ...own.map(({ id }) => id)], folder)
    if (exitCode === 0) return await leftovers()
    if (left <= 1) return [`live down ended with ${exitCode}: ${stderr}`, ...(await leftovers())]
  }
}

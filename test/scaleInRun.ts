import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readRecord } from '../record/read.ts'
import type { RunRecord } from '../record/schema.ts'
import { generateArrivals } from '../traces/arrivals.ts'
import { readTrace } from '../traces/read.ts'
import { live, SAWTOOTH } from './liveCommand.case.ts'
import { traceFile } from './support.ts'

/** From one replica to three and back: two replicas go in each turn, which takes so long where starts take 1.5 s. */
const TURN_S = 5
const SCALE_INS_A_TURN = 2
/** A busy machine makes requests late, which is not what is looked for: nobody gives up. */
const PATIENCE = ['--client-timeout', '120s', '--queue-timeout', '120s']
const SEED = 1

/** What became of the requests of a run while its replicas went, counted in four places. */
export interface ScaleInCounts {
  /** Replicas that were drained while they were in rotation. */
  scaleIns: number
  /** Requests of the trace. */
  wanted: number
  /** Rows of the generator, and those of them that were answered well. */
  sent: number
  ok: number
  /** Rows with a line in HAProxy's log that names a replica. */
  logged: number
  /** Rows with the application's own time in their answer. */
  served: number
  verdict: readonly string[]
}

/** What is wrong with them; none is good. */
export function lostRequests({ wanted, sent, ok, logged, served }: ScaleInCounts): string[] {
  return Object.entries({ sent, ok, logged, served }).flatMap(([where, count]) =>
    count === wanted ? [] : [`${count} of ${wanted} requests ${WORDS[where as keyof typeof WORDS]}`],
  )
}

const WORDS = {
  sent: 'were sent',
  ok: 'were answered well',
  logged: "are in HAProxy's log with the replica that served them",
  served: "bear the application's own time",
}

/** A steady load on the real service while it is scaled in `scaleIns` times. */
export async function scaleInRun(options: {
  scaleIns: number
  requests: number
  cwd: string
  out: string
}): Promise<ScaleInCounts> {
  const { cwd, out } = options
  const durationS = Math.ceil(options.scaleIns / SCALE_INS_A_TURN) * TURN_S + 1
  const ratePerS = options.requests / durationS
  const path = join(cwd, `${out}.json`)
  await writeFile(
    path,
    traceFile(out, [
      ['0s', ratePerS],
      [`${durationS}s`, ratePerS],
    ]),
  )
  const { stderr } = await live(
    [
      ...['run', '--policy', SAWTOOTH, '--trace', path, '--seed', String(SEED)],
      ...['--delay', 'uniform:2:20', ...PATIENCE, '--out', out],
    ],
    cwd,
  )
  const record = await readRecord(join(cwd, out)).catch((error) => {
    throw new Error(`${error.message}: ${stderr}`)
  })
  const trace = await readTrace(path)
  return countsOf(record, generateArrivals(trace, SEED).classes.length)
}

export function countsOf({ run, replicas, requests }: RunRecord, wanted: number): ScaleInCounts {
  const last = new Map<string, string>()
  let scaleIns = 0
  for (const { replica, state } of replicas) {
    if (state === 'draining' && last.get(replica) === 'ready') scaleIns++
    last.set(replica, state)
  }
  const count = (fits: (index: number) => boolean) =>
    requests.outcome.filter((_, index) => fits(index)).length
  return {
    scaleIns,
    wanted,
    sent: requests.outcome.length,
    ok: count((i) => requests.outcome[i] === 'ok'),
    logged: count((i) => requests.server[i] !== '' && !Number.isNaN(requests.serviceMs[i]!)),
    served: count((i) => !Number.isNaN(requests.blockingMs[i]!)),
    verdict: run.verdict.reasons,
  }
}

import { linearRegression } from 'simple-statistics'
import { bootstrap } from '../../analysis/bootstrap.ts'
import type { RunRecord } from '../../record/schema.ts'
import type { Estimate, HostModel } from '../model.ts'
import { fitContention } from './contention.ts'
import { type CpuWindow, coresOf, cpuWindows, hasRoomIn } from './cpuWindows.ts'
import { isMeasured } from './measured.ts'
import { fitSpeedSpread } from './speedSpread.ts'

/** Fewer windows do not give a line. */
const FEWEST_WINDOWS = 5
/** Rates that differ by less than this share of the highest do not tell a slope from a level. */
const LEAST_SPREAD = 0.25

export interface HostFit {
  /** Null where no record has CPU readings enough. */
  cpu: HostModel | null
  remarks: string[]
}

/** One window with what was asked of the service in it. */
interface Load extends CpuWindow {
  /** Requests sent in it. */
  sent: number
  /** Requests that a replica ended in it. */
  ended: number
  /** CPU time that their handlers reported, ms; null where one of them has none. */
  handlersMs: number | null
}

/**
 * What shares the host's cores with the replicas, from the CPU readings of the ticks. Over spans of 2 s or more in which
 * no replica came or went, by least squares,
 *
 *     (host - replicas) / span = othersCores + othersMsPerRequest x requests / span
 *     (replicas - handlers) / replica time = idle + overheadCpuMs x requests / replica time
 *
 * The second line says how much of a request's overhead at its replica is CPU: X-Cpu-Ms is the handler's alone, while
 * the connection and the parsing are work on the same cores. Spans in which all cores were in use do not tell what others
 * need; where there are hardly others, proxy and generator alone are counted. Neither slope nor level is below 0. Where the rates
 * differ too little to tell the two apart, all is taken as by request. Intervals by bootstrap over the windows.
 */
export function fitHost(records: readonly RunRecord[], ids: readonly string[]): HostFit {
  const withCores = records.flatMap((record, i) => {
    const cores = coresOf(record)
    const loads = loadsOf(record)
    return cores === null || loads.length === 0 ? [] : [{ cores, loads, id: ids[i]! }]
  })
  if (withCores.length === 0) {
    return {
      cpu: null,
      remarks: [
        'contention for the host’s cores is not in the model: no record has CPU readings in its ticks; live calibrate on Linux writes them',
      ],
    }
  }
  const cores = withCores[0]!.cores
  const same = withCores.filter((one) => one.cores === cores)
  const quiet = same.flatMap(({ loads }) => loads.filter(({ moving }) => !moving))
  if (quiet.length < FEWEST_WINDOWS) {
    return {
      cpu: null,
      remarks: [
        `contention for the host’s cores is not in the model: only ${quiet.length} spans of 2 s in which no replica came or went, ${FEWEST_WINDOWS} are needed; more with live calibrate saturation`,
      ],
    }
  }
  const free = quiet.filter((window) => hasRoomIn(window, cores))
  const hasRoom = free.length >= FEWEST_WINDOWS
  const others = (hasRoom ? free : quiet).map((one) => ({
    x: one.sent / (one.toMs - one.fromMs),
    y: (hasRoom ? one.hostMs - one.replicasMs : one.ownMs) / (one.toMs - one.fromMs),
  }))
  const { level, slope } = line(others)
  const overheadCpuMs = fitOverheadCpu(quiet)
  const { contention, engineContention } = fitContention(records)
  const speedSpread = fitSpeedSpread(records, {
    contention: contention?.estimate ?? 0,
    engineContention: engineContention?.estimate ?? contention?.estimate ?? 0,
  })
  return {
    cpu: {
      cores,
      quota: null,
      othersCores: Math.min(level.estimate, 0.95 * cores),
      othersMsPerRequest: slope.estimate,
      ...(contention ? { contention: contention.estimate } : {}),
      ...(engineContention ? { engineContention: engineContention.estimate } : {}),
      ...(speedSpread ? { speedSpread: speedSpread.estimate } : {}),
      evidence: {
        othersCores: level,
        othersMsPerRequest: slope,
        overheadCpuMs,
        contention,
        engineContention,
        speedSpread,
        windows: quiet.length,
        runs: same.map(({ id }) => id),
      },
    },
    remarks: [
      ...(hasRoom ? strangersIn(free) : [FULL_HOST]),
      ...(same.length < withCores.length
        ? [`records of machines with different numbers of cores: contention is that of ${cores} cores`]
        : []),
      ...(spreads(others)
        ? []
        : [
            'CPU time of proxy and generator: the rates differ too little to tell what they use by request from what they use anyway, all is taken as by request; live calibrate saturation has several rates',
          ]),
      ...(contention
        ? []
        : [
            'how much requests slow each other by sharing caches is not known: hardly any had others on the cores beside it; CPU-bound work on several replicas would tell: live calibrate scaling',
          ]),
      ...(overheadCpuMs
        ? []
        : [
            'which part of the overhead is CPU is not known: no span of 2 s in which every request’s X-Cpu-Ms is; all of it is taken to need no core. A run that is not overloaded would tell: live calibrate saturation',
          ]),
    ],
  }
}

const FULL_HOST =
  'the host’s cores were all in use nearly all the time, so what the rest of the machine would have used is not known: only proxy and generator are counted; calibrate on a quiet machine'

/** Cores in use by what is neither replica, proxy nor generator from which on somebody else is at work on the machine. */
const STRANGERS_CORES = 0.3

function strangersIn(windows: readonly Load[]): string[] {
  const cores =
    windows.reduce((sum, { hostMs, replicasMs, ownMs }) => sum + hostMs - replicasMs - ownMs, 0) /
    windows.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
  return cores < STRANGERS_CORES
    ? []
    : [
        `other programs used ${cores.toFixed(1)} cores during the runs, and the model has them for ever: calibrate on a quiet machine`,
      ]
}

/** CPU time a request at its replica beside the handler's, ms. */
function fitOverheadCpu(windows: readonly Load[]): Estimate | null {
  const points = windows.flatMap(({ replicas, replicasMs, handlersMs, ended, fromMs, toMs }) => {
    const replicaMs = replicas * (toMs - fromMs)
    return replicaMs > 0 && handlersMs !== null
      ? [{ x: ended / replicaMs, y: (replicasMs - handlersMs) / replicaMs }]
      : []
  })
  return points.length < FEWEST_WINDOWS || points.every(({ x }) => x === 0) ? null : line(points).slope
}

interface Point {
  x: number
  y: number
}

/** y = level + slope x, both not below 0, with bootstrap intervals; through 0 where x spreads too little. */
function line(points: readonly Point[]): { level: Estimate; slope: Estimate } {
  const withLevel = spreads(points)
  const found = bootstrap(
    points.map((_, i) => i),
    (drawn) =>
      leastSquares(
        drawn.map((i) => points[i]!),
        withLevel,
      ),
    { resamples: 1000, seed: 4 },
  )
  return { level: found.level!, slope: found.slope! }
}

function spreads(points: readonly Point[]): boolean {
  const xs = points.map(({ x }) => x)
  const most = Math.max(...xs)
  // Nobody asked for anything: there is a level and no slope.
  return most === 0 || most - Math.min(...xs) >= LEAST_SPREAD * most
}

function leastSquares(points: readonly Point[], withLevel: boolean): { level: number; slope: number } {
  if (withLevel) {
    const { m, b } = linearRegression(points.map(({ x, y }) => [x, y]))
    const slope = Number.isFinite(m) ? m : 0
    if (slope <= 0) return { level: Math.max(0, sumOf(points, 'y') / points.length), slope: 0 }
    if (b >= 0) return { level: b, slope }
  }
  const squares = points.reduce((sum, { x }) => sum + x ** 2, 0)
  const products = points.reduce((sum, { x, y }) => sum + x * y, 0)
  return { level: 0, slope: squares > 0 ? Math.max(0, products / squares) : 0 }
}

const sumOf = (points: readonly Point[], key: keyof Point) => points.reduce((sum, p) => sum + p[key], 0)

function loadsOf(record: RunRecord): Load[] {
  const windows = cpuWindows(record)
  const loads: Load[] = windows.map((window) => ({ ...window, sent: 0, ended: 0, handlersMs: 0 }))
  const { requests } = record
  const at = (atMs: number) => loads[windowIndex(windows, atMs)]
  for (let i = 0; i < requests.sentMs.length; i++) {
    const sentIn = at(requests.sentMs[i]!)
    if (sentIn) sentIn.sent++
    const endedIn = at(requests.doneMs[i]!)
    if (!endedIn) continue
    endedIn.ended++
    if (!isMeasured(requests, i)) endedIn.handlersMs = null
    else if (endedIn.handlersMs !== null) endedIn.handlersMs += requests.cpuMs[i]!
  }
  return loads
}

/** The window that holds a time, or -1: they are ascending and do not overlap. */
function windowIndex(windows: readonly CpuWindow[], atMs: number): number {
  let low = 0
  let high = windows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (windows[middle]!.toMs <= atMs) low = middle + 1
    else high = middle
  }
  return low < windows.length && windows[low]!.fromMs <= atMs ? low : -1
}

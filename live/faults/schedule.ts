import { after, blockFor, sleep } from '../../base/clock.ts'
import { messageOf } from '../../base/errors.ts'
import { type Fault, type FaultKind, type FaultRow, faultText } from '../../record/faults.ts'
import type { Breaker, Parts } from './breaker.ts'
import { engineErrors, engineKill, engineSlow } from './engine.ts'
import { logFull, metricsAbsurd, metricsLost, proxyKill, proxyReload, proxySocket } from './proxy.ts'
import { hang, kill, oom, slow } from './replica.ts'

const starts: Breaker = ({ kind }, { plant }) => {
  plant.brokenStart = kind as typeof plant.brokenStart
  const mend = () => {
    plant.brokenStart = null
  }
  return { mend }
}

const BREAKERS: Record<FaultKind, Breaker> = {
  kill,
  oom,
  hang,
  slow,
  'start-fails': starts,
  'start-hangs': starts,
  'image-missing': starts,
  'proxy-kill': proxyKill,
  'proxy-reload': proxyReload,
  'proxy-socket': proxySocket,
  'log-full': logFull,
  'engine-kill': engineKill,
  'engine-slow': engineSlow,
  'engine-errors': engineErrors,
  'metrics-lost': metricsLost,
  'metrics-absurd': metricsAbsurd,
  'generator-starved': ({ durationMs }) => {
    blockFor(durationMs)
    return {}
  },
}

export interface FaultSchedule {
  /** Calls off what is to come and mends what is broken. */
  end(): Promise<void>
}

/** Breaks on the real parts what a run wants broken, each at its time from now on. sim/faults.ts is its twin. */
export function scheduleFaults(
  faults: readonly Fault[],
  parts: Parts,
  hooks: { now: () => number; onFault: (row: FaultRow) => void },
): FaultSchedule {
  const over = new AbortController()
  const underWay = new Set<Promise<void>>()
  const cancels = faults.map((fault) =>
    after(fault.atMs, () => {
      const task = breakAndMend(fault, parts, { ...hooks, signal: over.signal })
      underWay.add(task)
      void task.finally(() => underWay.delete(task))
    }),
  )
  return {
    async end() {
      for (const cancel of cancels) cancel()
      over.abort(new Error('the run is over'))
      await Promise.all(underWay)
    },
  }
}

/** Its rows bear the time at which it was really broken, and whole again. */
async function breakAndMend(
  fault: Fault,
  parts: Parts,
  hooks: { now: () => number; onFault: (row: FaultRow) => void; signal: AbortSignal },
): Promise<void> {
  const { now, onFault, signal } = hooks
  const tell = (state: FaultRow['state'], note?: string, atMs = now()) =>
    onFault({ atMs, fault: faultText(fault), state, ...(note ? { note } : {}) })
  const atMs = now()
  try {
    const { note, mend } = await BREAKERS[fault.kind](fault, parts)
    tell('begun', note, atMs)
    if (fault.durationMs === 0) return
    await sleep(fault.atMs + fault.durationMs - now(), signal).catch(() => {})
    await mend?.()
    tell('over', note)
  } catch (error) {
    tell('impossible', messageOf(error))
  }
}

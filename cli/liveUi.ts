import type { Metrics } from '../analysis/metrics.ts'
import { UserError } from '../base/errors.ts'
import type { LiveRunHooks } from '../live/run.ts'
import { readRecord } from '../record/read.ts'
import type { RunHeader } from '../record/schema.ts'
import { rateAt } from '../traces/index.ts'
import { openDashboard } from '../ui/dashboard/dashboard.ts'
import type { Hello, Prediction } from '../ui/dashboard/messages.ts'
import { binMsFor, predict } from '../ui/dashboard/prediction.ts'
import { Interrupted, remark } from './program.ts'
import type { RunPlan } from './runOptions.ts'

/** What a live run tells the dashboard, and asks of it. */
export type Watch = Required<Pick<LiveRunHooks, 'onTick' | 'onReplica' | 'onRequest' | 'byHand'>>

export interface WatchedRun {
  plan: RunPlan
  folder: string
  /** From 1 on, of so many. */
  number: number
  count: number
}

export interface LiveUi {
  /** Aborted by a stop from the page. */
  signal: AbortSignal
  watch: Watch
  /** Shows one run, from before its set-up until it has ended, well or not. */
  show<Result extends { header: RunHeader; metrics: Metrics }>(
    run: WatchedRun,
    make: () => Promise<Result>,
  ): Promise<Result>
  close(): Promise<void>
}

/** Opens the dashboard and says where; the twin's prediction is made here, so that nothing of it disturbs the run. */
export async function openLiveUi(plan: RunPlan, port: number, signal: AbortSignal): Promise<LiveUi> {
  const stopped = new AbortController()
  const dashboard = await openDashboard({
    port,
    onStop: () => stopped.abort(new Interrupted('stopped from the dashboard')),
  })
  remark(`dashboard: ${dashboard.url}`)
  const prediction = await predictionOf(plan, signal).catch(async (error) => {
    await dashboard.close()
    throw error
  })
  return {
    signal: stopped.signal,
    watch: dashboard,
    async show(run, make) {
      dashboard.begin(helloOf(run, prediction), run.plan.sla)
      try {
        const result = await make()
        const { verdict, state } = result.header
        dashboard.end({
          state: state === 'complete' ? state : 'interrupted',
          verdict,
          metrics: result.metrics,
          last: run.number === run.count,
        })
        return result
      } catch (error) {
        const verdict = await verdictIn(run.folder)
        dashboard.end({ state: 'interrupted', verdict, metrics: null, last: true })
        // Whatever the stop broke off on its way.
        throw stopped.signal.aborted ? new Interrupted('stopped from the dashboard', { cause: error }) : error
      }
    },
    close: () => dashboard.close(),
  }
}

/** Null, with a remark, where the model cannot simulate the plan: the run is made all the same. */
async function predictionOf(plan: RunPlan, signal: AbortSignal): Promise<Prediction | null> {
  try {
    return await predict(plan, signal)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    remark(`dashboard: no prediction: ${error.message}`)
    return null
  }
}

function helloOf({ plan, folder, number, count }: WatchedRun, prediction: Prediction | null): Hello {
  const { trace, policy, parameters, control, sla } = plan
  const binMs = binMsFor(trace.durationMs)
  const { load } = trace
  return {
    policy: policy.name,
    parameters,
    trace: trace.name,
    durationMs: trace.durationMs,
    ratesPerS:
      load.kind === 'users'
        ? []
        : Array.from({ length: Math.ceil(trace.durationMs / binMs) }, (_, k) =>
            rateAt(load, (k + 0.5) * binMs),
          ),
    sla: { text: sla.text, limitMs: sla.limitMs, windowMs: sla.windowMs },
    replicas: {
      min: control.minReplicas,
      max: control.maxReplicas,
      initial: control.initialReplicas,
    },
    intervalMs: control.intervalMs,
    windowMs: control.windowMs,
    binMs,
    prediction,
    run: { number, count },
    folder,
  }
}

/** A run that failed before it had a record has none. */
async function verdictIn(folder: string): Promise<RunHeader['verdict']> {
  const record = await readRecord(folder).catch(() => null)
  return record?.run.verdict ?? { valid: false, reasons: ['the run failed'] }
}

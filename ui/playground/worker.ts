/// <reference lib="dom" />
import type { Metrics } from '../../analysis/metrics.ts'
import type { Sla } from '../../analysis/sla.ts'
import { messageOf, UserError } from '../../base/errors.ts'
import { Recorder } from '../../sim/recorder.ts'
import { runMetrics } from '../../sim/replicate.ts'
import type { Simulation } from '../../sim/simulation.ts'
import { type Plan, planOf } from './plan.ts'
import type { Answer, Data, Question, View } from './protocol.ts'
import { viewOf } from './view.ts'

/*
 * The simulator, in a thread of the browser: the sources that the command line runs. One question at a time, each soon over, so that
 * the page leaves off a setting by asking no further.
 */

let data: Data | null = null
let plan: Plan | null = null

addEventListener('message', ({ data: question }: MessageEvent<Question>) => {
  if (question.kind === 'data') data = question.data
  else postMessage(answerTo(question))
})

function answerTo(question: Exclude<Question, { kind: 'data' }>): Answer {
  const { id } = question
  try {
    if (question.kind === 'run') {
      plan = planOf(question.setting, data!)
      const { a, b, sla } = plan
      return { kind: 'shown', id, a: shown(a, sla), b: b && shown(b, sla) }
    }
    const { a, b, sla } = plan!
    const again = (run: Simulation): Metrics => runMetrics({ ...run, seed: run.seed + question.index }, sla)
    return { kind: 'replicated', id, a: again(a), b: b && again(b) }
  } catch (error) {
    if (error instanceof UserError) return { kind: 'refused', id, message: messageOf(error) }
    throw error
  }
}

function shown(simulation: Simulation, sla: Sla): View {
  const recorder = new Recorder()
  const metrics = runMetrics(simulation, sla, recorder)
  return viewOf(recorder.record(), metrics, sla)
}

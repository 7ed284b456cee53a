import { ANSWERED } from '../../analysis/outcomes.ts'
import type { RequestTable } from '../../record/schema.ts'

/** Requests of a span that is judged as one: enough that one of them may remain unanswered. */
const SPAN = 200
/** Share of a span's requests that may have got no answer. */
const CENSORED_SHARE = 0.005

/**
 * Which requests lie in a span in which (nearly) every one was answered: 1 for each of them, 0 for the others.
 *
 * Work is drawn before the queue, but it is known of answered requests alone, and a client that has waited long
 * gives up a long request sooner than a short one. So in an overloaded span the answered ones are the short ones
 * (survivors' bias), and none of it may be used. A span is 200 requests in order of their intended time; what
 * is left over at the end belongs to the last one.
 */
export function inAnsweredSpans({ outcome }: Pick<RequestTable, 'outcome'>): Uint8Array {
  const n = outcome.length
  const kept = new Uint8Array(n)
  const spans = Math.max(1, Math.floor(n / SPAN))
  for (let span = 0; span < spans; span++) {
    const from = span * SPAN
    const to = span === spans - 1 ? n : from + SPAN
    let unanswered = 0
    for (let i = from; i < to; i++) if (!ANSWERED[outcome[i]!]) unanswered++
    if (unanswered <= CENSORED_SHARE * (to - from)) kept.fill(1, from, to)
  }
  return kept
}

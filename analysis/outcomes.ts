import type { Outcome } from '../record/schema.ts'

/** What the metrics count an outcome as. */
export const COUNTED_AS: Record<Outcome, 'completed' | 'rejected' | 'failed'> = {
  ok: 'completed',
  rejected: 'rejected',
  timeout: 'failed',
  failed: 'failed',
  unanswered: 'failed',
}

/** Outcomes with a response time: the client got an answer, if only a refusal. */
export const ANSWERED: Record<Outcome, boolean> = {
  ok: true,
  rejected: true,
  timeout: false,
  failed: false,
  unanswered: false,
}

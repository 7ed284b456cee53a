import type { Policy } from '../policy.ts'

/** Asks for the arrivals a second as so many replicas, and holds where there are none known: a wish that a test can write. */
export const wish: Policy<number> = {
  name: 'wish',
  summary: 'for tests',
  source: 'none',
  parameters: {},
  init: () => 0,
  decide: (_context, { arrivalsPerS }, ticks) => ({
    decision:
      arrivalsPerS === null
        ? { kind: 'hold', reason: 'nothing wished' }
        : { kind: 'scale', replicas: arrivalsPerS, reason: `wishes ${arrivalsPerS}` },
    state: ticks + 1,
  }),
}

/** A tick for each wish; null is a hold. */
export const wishes = (...replicas: (number | null)[]) => replicas.map((arrivalsPerS) => ({ arrivalsPerS }))

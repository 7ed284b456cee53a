import { expect, it } from 'vitest'
import { reconcile } from './reconcile.ts'
import type { ReplicaStatus } from './signals.ts'

const fleet = (text: string): ReplicaStatus[] =>
  text.split(' ').map((word, i) => ({
    name: `w${i + 1}`,
    state: ({ r: 'ready', s: 'starting', d: 'draining', f: 'failed' } as const)[
      word as 'r' | 's' | 'd' | 'f'
    ],
    sinceMs: 100 * i,
  }))

it.each([
  ['starts what is missing, starting ones counted', 'r s', 4, { start: 2, cancel: [], drain: [] }],
  ['nothing where it fits', 'r s', 2, { start: 0, cancel: [], drain: [] }],
  ['draining and failed ones do not count', 'r d f', 2, { start: 1, cancel: [], drain: [] }],
  [
    'first cancels those that serve nobody yet, newest first',
    'r s s',
    1,
    { start: 0, cancel: ['w3', 'w2'], drain: [] },
  ],
  ['then drains the newest ready ones', 'r r r s', 1, { start: 0, cancel: ['w4'], drain: ['w3', 'w2'] }],
])('%s', (_name, replicas, target, steps) => {
  expect(reconcile(fleet(replicas), target)).toEqual(steps)
})

import type { Random } from '../base/random.ts'
import type { ServiceSettings } from '../record/schema.ts'
import { IdleRotation } from './idleRotation.ts'
import { OrderedRotation } from './orderedRotation.ts'
import { RandomRotation } from './randomRotation.ts'
import type { Candidates, Rotation } from './rotation.ts'

/** The rotation of an algorithm. @param limit maxconn. @param random for `random` alone. */
export function makeRotation(
  balance: ServiceSettings['balance'],
  candidates: Candidates,
  limit: number,
  random: Random,
): Rotation {
  if (balance === 'random') return new RandomRotation(candidates, limit, random)
  if (balance === 'leastconn' && limit === 1) return new IdleRotation(candidates)
  return new OrderedRotation(balance, candidates, limit)
}

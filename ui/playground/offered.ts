import { badInput } from '../../base/errors.ts'
import { POLICIES } from '../../policies/index.ts'
import type { Policy } from '../../policies/policy.ts'

/** The policies of the page: all but the bound, whose plan takes hundreds of simulations before it starts. */
export const OFFERED: readonly Policy[] = POLICIES.filter(({ needs }) => needs !== 'plan')

export function offeredPolicy(name: string): Policy {
  const policy = OFFERED.find((candidate) => candidate.name === name)
  if (policy) return policy
  throw badInput({
    place: 'policy',
    value: name,
    expected: `one of ${OFFERED.map((offered) => offered.name).join(', ')}`,
  })
}

import type { Sla } from '../../analysis/sla.ts'
import { oracle } from '../../policies/oracle.ts'
import { parametersOf } from '../../policies/parameters.ts'
import type { Policy } from '../../policies/policy.ts'
import { type Foreseen, replayedPlans } from '../../sim/oracle.ts'
import { type Goal, scoreOf } from '../../sim/tune/objective.ts'
import { runsOf } from './measure.ts'

const policy = oracle as Policy
const entry = { policy, parameters: parametersOf(policy, []), kind: 'default' as const }
/** Seeds on which plans are chosen: neither those of the plans' own replays nor those of the comparison. */
const CHOOSING = { first: 700_000, count: 20 }

/** The cheapest plan that keeps the promise on further seeds, as the run that it makes of the scenario; null where none does. */
export function foreseeing(
  run: Foreseen,
  sla: Sla,
  goal: Goal,
): { run: Foreseen; entry: typeof entry } | null {
  const cheapestFirst = replayedPlans(run, sla).sort((a, b) => a.replicaSeconds - b.replicaSeconds)
  for (const { plan } of cheapestFirst) {
    const planned = { ...run, control: { ...run.control, plan } }
    const runs = runsOf(planned, entry, { ...CHOOSING, sla }).map(({ metrics }) => metrics)
    if (scoreOf([runs], [1], goal).excess === 0) return { run: planned, entry }
  }
  return null
}

import { adapt } from './adapt.ts'
import { hist } from './hist.ts'
import { hpa } from './hpa/hpa.ts'
import { kpa } from './kpa.ts'
import { lookahead } from './lookahead.ts'
import { mpc } from './mpc/mpc.ts'
import { oracle } from './oracle.ts'
import { pid } from './pid.ts'
import type { Policy } from './policy.ts'
import { predictive } from './predictive.ts'
import { queueing } from './queueing/queueing.ts'
import { react } from './react.ts'
import { reg } from './reg.ts'
import { staticPolicy } from './static.ts'
import { step } from './step.ts'
import { targetTracking } from './targetTracking.ts'
import { threshold } from './threshold.ts'

/** The table of contents: every policy that a name on the command line can mean. */
export const POLICIES: readonly Policy[] = [
  staticPolicy,
  threshold,
  step,
  targetTracking,
  hpa,
  kpa,
  pid,
  react,
  adapt,
  reg,
  hist,
  predictive,
  queueing,
  mpc,
  lookahead,
  oracle,
]

import type { Knowledge } from '../policies/policy.ts'
import type { Trace } from '../traces/trace.ts'
import { meanOf } from './distribution.ts'
import type { Model } from './model.ts'
import { meanHoldingMs } from './readModel.ts'

/** What a policy may know of the service, from its model. */
export function knowledgeOf(model: Model, trace: Trace): Knowledge {
  return {
    serviceMsMean: meanHoldingMs(model, trace.mix),
    startupMsMean: meanOf(model.startup.cold.distribution),
  }
}

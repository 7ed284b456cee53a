import type { Knowledge, Topology } from '../policies/policy.ts'
import type { ServiceSettings } from '../record/schema.ts'
import type { Trace } from '../traces/trace.ts'
import { meanOf } from './distribution.ts'
import type { Model } from './model.ts'
import { holdingMoments } from './readModel.ts'

/** What a policy may know of the service, from its model and how the proxy is set up. */
export function knowledgeOf(model: Model, trace: Trace, service: ServiceSettings): Knowledge {
  const { mean, variance } = holdingMoments(model, trace.mix)
  return {
    serviceMsMean: mean,
    serviceScv: mean > 0 ? variance / mean ** 2 : null,
    startupMsMean: meanOf(model.startup.cold.distribution),
    topology: topologyOf(service),
  }
}

/** One request a server makes the proxy's queue the only one. */
function topologyOf({ maxconn, balance }: ServiceSettings): Topology {
  return maxconn === 1 ? 'central' : balance
}

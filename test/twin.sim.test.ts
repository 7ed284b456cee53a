import { policyByName } from '../policies/parameters.ts'
import { readModel } from '../sim/readModel.ts'
import { simulate } from '../sim/run.ts'
import { describeTwin, parametersFor } from './twin.case.ts'

describeTwin('simulated', async (run) =>
  simulate({
    ...run,
    policy: policyByName(run.policy),
    parameters: parametersFor(run),
    model: await readModel('reference'),
  }),
)

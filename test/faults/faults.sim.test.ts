import { policyByName } from '../../policies/parameters.ts'
import { readModel } from '../../sim/readModel.ts'
import { simulate } from '../../sim/run.ts'
import { parametersFor } from '../twin.case.ts'
import { describeFaults } from './faults.case.ts'

describeFaults(
  'simulated',
  async (run) =>
    simulate({
      ...run,
      policy: policyByName(run.policy),
      parameters: parametersFor(run),
      model: await readModel('reference'),
    }),
  { all: true },
)

import { parentPort, workerData } from 'node:worker_threads'
import { UserError } from '../base/errors.ts'
import type { Answer, Batch, Job, Order } from './farm.ts'
import { policyFrom } from './policyModule.ts'
import { runMetrics } from './replicate.ts'

/** One thread of the farm (farm.ts): takes runs of a batch until there is none left, then waits for the next batch. */
const { policy: source, sla, ...rest } = workerData as Job
const policy = await policyFrom(source)
const say = (answer: Answer) => parentPort!.postMessage(answer)

parentPort!.on('message', (order: Order) => {
  if (order === 'leave') return parentPort!.close()
  try {
    work(order)
    say({ idle: true })
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    say({ refused: error.message })
  }
})

function work({ firstSeed, count, counter }: Batch): void {
  for (;;) {
    const index = Atomics.add(counter, 0, 1)
    if (index >= count) return
    say({ index, metrics: runMetrics({ ...rest, policy, seed: firstSeed + index }, sla) })
  }
}

import { parentPort, workerData } from 'node:worker_threads'
import { UserError } from '../base/errors.ts'
import type { Answer, Batch, Order } from './farm.ts'
import { runnerOf } from './tune/inline.ts'
import type { Scenario } from './tune/task.ts'

/** One thread of the farm (farm.ts): takes tasks of a batch until there is none left, then waits for the next batch. */
const run = await runnerOf(workerData as Scenario[])
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

function work({ tasks, counter }: Batch): void {
  for (;;) {
    const index = Atomics.add(counter, 0, 1)
    const task = tasks[index]
    if (!task) return
    say({ index, metrics: run(task) })
  }
}

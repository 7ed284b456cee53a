import { availableParallelism } from 'node:os'
import { Farm } from '../sim/farm.ts'
import { InlineExecutor } from '../sim/tune/inline.ts'
import { JournalExecutor } from '../sim/tune/journal.ts'
import type { Executor, Scenario } from '../sim/tune/task.ts'

export interface ExecutorFlags {
  workers?: number
  journal?: string
}

/** Where a search runs its tasks: threads of this machine, or this thread alone; with a memory where a journal is named. */
export async function executorFor(
  { workers = availableParallelism(), journal }: ExecutorFlags,
  scenarios: readonly Scenario[],
): Promise<Executor> {
  const executor = workers > 1 ? new Farm(scenarios, workers) : new InlineExecutor(scenarios)
  if (journal === undefined) return executor
  try {
    return new JournalExecutor(executor, scenarios, journal)
  } catch (error) {
    await executor.close()
    throw error
  }
}

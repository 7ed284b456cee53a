import { availableParallelism } from 'node:os'
import { Farm } from '../sim/farm.ts'
import { InlineExecutor } from '../sim/tune/inline.ts'
import { JournalExecutor } from '../sim/tune/journal.ts'
import { Stoppable } from '../sim/tune/stoppable.ts'
import type { Executor, Scenario } from '../sim/tune/task.ts'
import { remark } from './program.ts'

export interface ExecutorFlags {
  workers?: number
  journal?: string
  redis?: string
}

/**
 * Where a search runs its tasks: threads of this machine, this thread alone, or the workers of a Redis; with a memory where a
 * journal is named. Its runs fail once the signal has been aborted.
 */
export async function executorFor(
  flags: ExecutorFlags,
  scenarios: readonly Scenario[],
  signal: AbortSignal,
): Promise<Executor> {
  if (flags.redis !== undefined) {
    const far = await redisExecutor(flags.redis, scenarios)
    signal.addEventListener('abort', () => far.close().catch(() => {}), { once: true })
    return remembering(far, scenarios, flags.journal)
  }
  const { workers = availableParallelism() } = flags
  const near = workers > 1 ? new Farm(scenarios, workers) : new InlineExecutor(scenarios)
  return new Stoppable(await remembering(near, scenarios, flags.journal), signal)
}

async function redisExecutor(url: string, scenarios: readonly Scenario[]): Promise<Executor> {
  // Only here: the libraries would slow every other search's start.
  const { RedisExecutor } = await import('../sim/tune/redis/executor.ts')
  const { withoutPassword } = await import('../sim/tune/redis/connection.ts')
  let said = false
  return RedisExecutor.connect(url, scenarios, {
    onWorkers(count) {
      if (count === 0 && !said)
        remark(`no worker takes the runs. Start some: sim worker --redis ${withoutPassword(url)}`)
      said = count === 0
    },
  })
}

async function remembering(
  executor: Executor,
  scenarios: readonly Scenario[],
  journal: string | undefined,
): Promise<Executor> {
  if (journal === undefined) return executor
  try {
    return new JournalExecutor(executor, scenarios, journal)
  } catch (error) {
    await executor.close()
    throw error
  }
}

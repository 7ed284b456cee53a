import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { interruptible } from './interrupt.ts'
import { remark } from './program.ts'
import { wholeNumber } from './runOptions.ts'

/** sim worker: makes the runs of searches on other machines, until it is told to stop. */
export function simWorker(program: Command): void {
  program
    .command('worker')
    .description('make the runs of searches that share a Redis, until Ctrl-C')
    .requiredOption('--redis <url>', 'where the runs are, such as redis://host:6379')
    .option('--concurrency <n>', 'runs at once', wholeNumber(1, 1024), availableParallelism())
    .action(run)
}

async function run({ redis, concurrency }: { redis: string; concurrency: number }): Promise<void> {
  // Only here: the libraries would slow every other command's start.
  const { startWorker } = await import('../sim/tune/redis/worker.ts')
  const { withoutPassword } = await import('../sim/tune/redis/connection.ts')
  let runs = 0
  let lastError = ''
  await interruptible(async (signal) => {
    const worker = await startWorker({
      url: redis,
      concurrency,
      onDone: () => {
        runs++
        lastError = ''
      },
      onError: ({ message }) => {
        if (message !== lastError) remark(message)
        lastError = message
      },
    })
    remark(`takes runs from ${withoutPassword(redis)}, ${concurrency} at once; Ctrl-C ends it`)
    await new Promise((resolve) => {
      if (signal.aborted) resolve(undefined)
      signal.addEventListener('abort', resolve, { once: true })
    })
    await worker.close()
    remark(`${runs} runs made`)
    signal.throwIfAborted()
  })
}

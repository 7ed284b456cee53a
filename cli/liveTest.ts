import type { Command } from 'commander'
import { UserError } from '../base/errors.ts'
import { functionalityTest } from '../live/functionality.ts'
import { interruptible } from './interrupt.ts'
import { print, printJson, remark } from './program.ts'
import { wholeNumber } from './runOptions.ts'

/** live test: does every part of the set-up work on this machine? */
export function liveTest(program: Command): void {
  program
    .command('test')
    .description('try every part of the live set-up once: routes, start, drain, shared store, counts')
    .option('--port <n>', 'the port of the proxy on 127.0.0.1; 0 takes a free one', wholeNumber(0, 65_535), 0)
    .option('--json', 'print one JSON object instead of lines')
    .action((flags: { port: number; json?: boolean }) => interruptible((signal) => test(flags, signal)))
}

async function test(flags: { port: number; json?: boolean }, signal: AbortSignal): Promise<void> {
  const results = await functionalityTest({
    say: remark,
    onResult: ({ name, problem }) => {
      if (!flags.json) print(problem === null ? `ok      ${name}` : `failed  ${name}: ${problem}`)
    },
    port: flags.port,
    signal,
  })
  if (flags.json) printJson({ checks: results })
  const failed = results.filter(({ problem }) => problem !== null).length
  if (failed > 0) throw new UserError(`${failed} of ${results.length} checks failed`, { exitCode: 4 })
}

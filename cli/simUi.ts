import type { Command } from 'commander'
import { interruptible } from './interrupt.ts'
import { print, remark } from './program.ts'
import { wholeNumber } from './runOptions.ts'

/** sim ui: the simulator in the browser. */
export function simUi(program: Command): void {
  program
    .command('ui')
    .description('the simulator in the browser: traces, policies and their parameters, seen at once')
    .option('--ui-port <port>', 'port on 127.0.0.1; a free one by default', wholeNumber(1, 65_535))
    .action((flags: { uiPort?: number }) => interruptible((signal) => serve(flags.uiPort ?? 0, signal)))
}

/** Until Ctrl-C. The server is loaded here: with its bundler it takes longer than most commands do. */
async function serve(port: number, signal: AbortSignal): Promise<void> {
  const { openPlayground } = await import('../ui/playground/playground.ts')
  const { url, close } = await openPlayground(port)
  print(url)
  remark('open it in a browser; Ctrl-C ends it')
  try {
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  } finally {
    await close()
  }
}

import { Interrupted, remark } from './program.ts'

/**
 * Runs `work` with a signal that Ctrl-C (and SIGTERM, SIGHUP) aborts, and waits for its clean-up. A second
 * Ctrl-C changes nothing: the clean-up is what is being waited for.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) return
    remark(`\n${name}: cleaning up`)
    controller.abort(new Interrupted(name))
  }
  const names: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const name of names) process.on(name, onSignal)
  try {
    return await work(controller.signal)
  } catch (error) {
    if (controller.signal.aborted) throw new Interrupted('interrupted', { cause: error })
    throw error
  } finally {
    for (const name of names) process.off(name, onSignal)
  }
}

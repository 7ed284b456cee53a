import { getPriority, setPriority } from 'node:os'

/** So much nearer to the core than what it started, as far as the kernel lets it. */
const AHEAD = 10
const HIGHEST_PRIORITY = -20

/**
 * The generator must not wait behind starting containers for a core: this thread goes first where it may (root).
 * To be called after the container engine's service was started, and undone before the next one is: a service
 * inherits the priority and hands it on to every container, which would then run beside the generator as equals.
 * @returns what undoes it.
 */
export function goFirst(): () => void {
  const before = getPriority()
  try {
    setPriority(Math.max(HIGHEST_PRIORITY, before - AHEAD))
  } catch {
    // Without the right to it the lateness is measured all the same, and judged.
    return () => {}
  }
  return () => setPriority(before)
}

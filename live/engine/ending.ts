import { readFileSync } from 'node:fs'
import type { Podman } from './podman.ts'

/** A process that a signal ended has this and the signal's number as its exit code (bash(1), "Exit status"). */
const SIGNALLED = 128
const SIGKILL = 9

/**
 * Tells how containers came to their end: `exited with 1: its last line`, `killed (signal 9)`, `out of memory`. Podman's own
 * OOMKilled stays false on cgroup v1 (seen with conmon 2.1.6), and the container's counters are gone with it; so a SIGKILL counts
 * as the kernel's if the kernel has killed anything for want of memory since the last one (proc(5), vmstat).
 */
export function endingsOf(podman: Podman): (container: string) => Promise<string> {
  let seen = oomKills()
  return async (container) => {
    const details = await podman.inspect(container).catch(() => null)
    const code = details?.exitCode ?? null
    if (code === null) return 'exited by itself'
    if (code > SIGNALLED) {
      const before = seen
      seen = oomKills()
      const isOom = details!.oomKilled || (code === SIGNALLED + SIGKILL && seen > before)
      return isOom ? 'out of memory' : `killed (signal ${code - SIGNALLED})`
    }
    const words = (await podman.logs(container).catch(() => '')).trim().split('\n').at(-1)!.slice(0, 200)
    return `exited with ${code}${words ? `: ${words}` : ''}`
  }
}

/** Since the machine was started; 0 where the kernel does not count them. */
function oomKills(): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'latin1'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

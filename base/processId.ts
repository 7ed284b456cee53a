import { readFileSync } from 'node:fs'

/**
 * A process of this machine, told from a later one that was given the same pid: `started` is its start time in clock
 * ticks since boot (field 22 of /proc/<pid>/stat, proc(5)) and the start of the boot's id. Null where that is not known.
 */
export interface ProcessId {
  pid: number
  started: string | null
}

export function processId(pid: number = process.pid): ProcessId {
  return { pid, started: stateOf(pid)?.started ?? null }
}

/** Whether that very process runs; where its start is not known, whether one with its pid does. */
export function isRunning({ pid, started }: ProcessId): boolean {
  const found = stateOf(pid)
  if (found === null || found.hasEnded) return false
  return started === null || started === found.started
}

function stateOf(pid: number): { started: string; hasEnded: boolean } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the command in brackets, and may hold spaces and brackets itself.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)
    // Z and X: killed, and only not yet collected by its parent.
    return { started: `${fields[18]}.${boot}`, hasEnded: state === 'Z' || state === 'X' }
  } catch {
    return null
  }
}

/** `<pid>.<ticks>.<boot>`: fit for a file's name. */
export const processIdText = ({ pid, started }: ProcessId): string =>
  started === null ? String(pid) : `${pid}.${started}`

/** The reverse of processIdText, or a bare pid; null for anything else. */
export function parseProcessId(text: string): ProcessId | null {
  const match = /^(\d{1,10})(?:\.(\d+\.[0-9a-f]{8}))?$/.exec(text.trim())
  return match ? { pid: Number(match[1]), started: match[2] ?? null } : null
}

import { readdirSync, readFileSync } from 'node:fs'

/** What the kernel tells of a process (proc(5)); memory in MiB. */
export interface ProcessState {
  pid: number
  name: string
  parent: number
  /** Words, each followed by a space. */
  command: string
  cpuMs: number
  rssMib: number
  fds: number
}

/** USER_HZ is 100/s on every architecture that Node runs on. */
const MS_PER_TICK = 10

/** null where it is gone. */
export function stateOf(pid: number): ProcessState | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const nameEnd = stat.lastIndexOf(')')
    const fields = stat.slice(nameEnd + 2).split(' ')
    const rssKib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return {
      pid,
      name: stat.slice(stat.indexOf('(') + 1, nameEnd),
      parent: Number(fields[1]),
      command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '),
      cpuMs: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK,
      rssMib: Number(rssKib ?? 0) / 1024,
      fds: readdirSync(`/proc/${pid}/fd`).length,
    }
  } catch {
    return null
  }
}

export function allProcesses(): ProcessState[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (stateOf(Number(name)) ?? []) : []))
}

/** The process and all that descend from it. */
export function familyOf(pid: number, all: readonly ProcessState[] = allProcesses()): ProcessState[] {
  const family = all.filter((each) => each.pid === pid)
  for (let i = 0; i < family.length; i++) family.push(...all.filter((each) => each.parent === family[i]!.pid))
  return family
}

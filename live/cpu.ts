import { readFileSync } from 'node:fs'
import type { CpuReading } from '../record/schema.ts'

/** Who is asked for, by process id on the host. */
export interface Processes {
  /** PID 1 of the proxy's container; null while it is not known. */
  proxyPid: number | null
  /** PID 1 of each replica that runs. */
  replicaPids: ReadonlyMap<string, number>
}

/** Where the kernel tells it (proc(5), cgroups(7)). */
export interface KernelFiles {
  proc: string
  cgroup: string
}

const KERNEL: KernelFiles = { proc: '/proc', cgroup: '/sys/fs/cgroup' }
/** USER_HZ, the unit of the kernel's text files: 100/s on every architecture that Node runs on. */
const MS_PER_TICK = 10

/** A container's CPU counter: its file, and how to read ms from it. */
interface Counter {
  path: string
  msOf: (text: string) => number
}

/**
 * CPU time used since the meter was made, from the kernel's own counters. A reading is one small file for the
 * machine and one a container, read at once: no process is started and no other one is asked.
 */
export class CpuMeter {
  readonly #files: KernelFiles
  readonly #since: { hostMs: number; controllerMs: number }
  readonly #proxy = new GrowingCounter()
  /** By process id, once looked up; null where it has no cgroup of its own. */
  readonly #counters = new Map<number, Counter | null>()

  constructor({ proxyPid }: Pick<Processes, 'proxyPid'>, files: KernelFiles = KERNEL) {
    this.#files = files
    this.#since = { hostMs: hostMs(files) ?? 0, controllerMs: controllerMs() }
    this.#proxy.see(this.#proxyMs(proxyPid))
    this.#proxy.startHere()
  }

  /** Null where the machine is no Linux. A replica that is gone is left out; a proxy that is gone used what it had used. */
  read({ proxyPid, replicaPids }: Processes): CpuReading | null {
    const host = hostMs(this.#files)
    if (host === null) return null
    this.#proxy.see(this.#proxyMs(proxyPid))
    const replicasMs: Record<string, number> = {}
    for (const [name, pid] of replicaPids) {
      const ms = this.#containerMs(pid) ?? threadMs(pid, this.#files)
      if (ms !== null) replicasMs[name] = ms
    }
    return {
      hostMs: host - this.#since.hostMs,
      proxyMs: this.#proxy.total,
      controllerMs: controllerMs() - this.#since.controllerMs,
      replicasMs,
    }
  }

  #proxyMs(pid: number | null): number | null {
    return pid === null ? null : (this.#containerMs(pid) ?? treeMs(pid, this.#files))
  }

  /** All processes of a container; null where it has no cgroup of its own, or is gone. */
  #containerMs(pid: number): number | null {
    let counter = this.#counters.get(pid)
    if (counter === undefined) {
      counter = counterOf(pid, this.#files)
      this.#counters.set(pid, counter)
    }
    const text = counter && textOf(counter.path)
    return text === null ? null : counter!.msOf(text)
  }
}

/** A counter that begins again at 0 when its process does; the sum does not. */
class GrowingCounter {
  total = 0
  #last = 0

  see(value: number | null): void {
    if (value === null) return
    this.total += value >= this.#last ? value - this.#last : value
    this.#last = value
  }

  startHere(): void {
    this.total = 0
  }
}

/** user + nice + system + irq + softirq + steal of all cores. Guest time is in user and nice already (proc(5)). */
function hostMs({ proc }: KernelFiles): number | null {
  const text = textOf(`${proc}/stat`)
  if (text === null) return null
  const [user, nice, system, , , irq, softirq, steal] = text
    .slice(4, text.indexOf('\n'))
    .trim()
    .split(' ')
    .map(Number)
  return (user! + nice! + system! + irq! + softirq! + (steal ?? 0)) * MS_PER_TICK
}

function controllerMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** `cpuacct.usage` in ns (version 1, also beside an empty version 2) or `usage_usec` of cpu.stat (version 2). */
function counterOf(pid: number, { proc, cgroup }: KernelFiles): Counter | null {
  const groups = textOf(`${proc}/${pid}/cgroup`) ?? ''
  const v1 = /^\d+:(?:[^:\n]*,)?cpuacct(?:,[^:\n]*)?:(\/.+)$/m.exec(groups)
  if (v1) return { path: `${cgroup}/cpuacct${v1[1]}/cpuacct.usage`, msOf: (text) => Number(text) / 1e6 }
  const v2 = /^0::(\/.+)$/m.exec(groups)
  return (
    v2 && {
      path: `${cgroup}${v2[1]}/cpu.stat`,
      msOf: (text) => Number(/^usage_usec (\d+)$/m.exec(text)?.[1]) / 1000,
    }
  )
}

/** The process, its children that it has waited for, and those that live now. */
function treeMs(pid: number, files: KernelFiles): number | null {
  const own = processTicks(pid, files)
  if (own === null) return null
  let ticks = own.self + own.waitedFor
  for (const child of (textOf(`${files.proc}/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean))
    ticks += processTicks(Number(child), files)?.self ?? 0
  return ticks * MS_PER_TICK
}

/** A process's main thread: to the nanosecond where the kernel counts it so, to 10 ms elsewhere. */
function threadMs(pid: number, files: KernelFiles): number | null {
  const ns = textOf(`${files.proc}/${pid}/schedstat`)
  if (ns !== null) return Number(ns.slice(0, ns.indexOf(' '))) / 1e6
  const ticks = processTicks(pid, files)
  return ticks && ticks.self * MS_PER_TICK
}

/** utime + stime, and cutime + cstime: fields 14 to 17, counted after the name in brackets, which may hold anything. */
function processTicks(pid: number, { proc }: KernelFiles): { self: number; waitedFor: number } | null {
  const text = textOf(`${proc}/${pid}/stat`)
  if (text === null) return null
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number)
  return { self: user! + system!, waitedFor: childUser! + childSystem! }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}

/** What one container may use at most; the kernel holds it to that (cgroups), whatever runs in it. */
export interface Limits {
  /** Of memory, swap included. The kernel kills a process of the container that wants more. */
  memoryBytes: number
  /** Processes and threads at once. */
  pids: number
  /** Cores, as a share of time. */
  cpus: number
}

const MIB = 1024 ** 2

/**
 * Several times what was measured (2 cores of an AMD EPYC, Podman 4.3, HAProxy 2.6), so that a limit holds back what
 * went wrong and no measurement.
 *
 * replica: 63 MB at its most, with 20 objects of 1 MB written and compressed; 5 threads, all of the runtime that starts
 * it. Python computes on one core: 65 periods of 100 ms at full speed and 15 starts had none throttled.
 * own: of an image of one's own little is known.
 * proxy: 9 MB, and 18.3 kB a request in its queue, of which there are at most MOST_DESCRIPTORS / 2
 * (proxy/haproxyConfig.ts); twice while a reload lasts. One thread each for master, worker and a replaced worker.
 */
export const LIMITS = {
  replica: { memoryBytes: 256 * MIB, pids: 64, cpus: 1 },
  own: { memoryBytes: 1024 * MIB, pids: 512, cpus: 2 },
  proxy: { memoryBytes: 1024 * MIB, pids: 128, cpus: 2 },
} as const satisfies Record<string, Limits>

import type { HostModel } from '../model.ts'
import type { Sampled } from './service.ts'

/** Where a quantity of the model came from, and what would tell it, or tell it better. */
export interface Identified {
  /** As in the model file: `classes.read.blockingMs`. */
  quantity: string
  /** In a few words; null where the data did not tell it, and the model has the simulator's default. */
  from: string | null
  /** Values behind it. */
  samples: number
  /** What to run, or why it cannot be known; null where it is known well. */
  missing: string | null
}

export function identifiedClasses({ classes, biased, byTimers }: Sampled): Identified[] {
  return [...classes].flatMap(([name, own]) => {
    const more = `live calibrate saturation --mix ${name}=1`
    const thin = (n: number) => (n < 100 || biased.byUnanswered.includes(name) ? more : null)
    return [
      {
        quantity: `classes.${name}.blockingMs`,
        from: 'X-Block-Ms',
        samples: own.blockingMs.length,
        missing: thin(own.blockingMs.length),
      },
      {
        quantity: `classes.${name}.cpuMs`,
        from: 'X-Cpu-Ms',
        samples: own.cpuMs.length,
        missing: thin(own.cpuMs.length),
      },
      {
        quantity: `classes.${name}.overheadMs`,
        from: byTimers.includes(name) ? "the proxy's timers" : 'back-to-back requests',
        samples: own.overheadMs.length,
        missing:
          byTimers.includes(name) || biased.byBusyHost.includes(name) ? more : thin(own.overheadMs.length),
      },
    ]
  })
}

export function identifiedHost(cpu: HostModel | null): Identified[] {
  const windows = cpu?.evidence?.windows ?? 0
  const run = 'live calibrate saturation, on Linux'
  return [
    {
      quantity: 'cpu.othersCores, cpu.othersMsPerRequest',
      from: cpu ? 'CPU of the host without replicas, by rate' : null,
      samples: windows,
      missing: cpu ? null : run,
    },
    {
      quantity: 'cpu.contention',
      from: cpu?.evidence?.contention ? 'X-Cpu-Ms by how many others wanted a core' : null,
      samples: cpu?.evidence?.contention ? windows : 0,
      missing: cpu?.evidence?.contention ? null : 'live calibrate scaling, CPU-bound work',
    },
    {
      quantity: 'cpu.engineContention',
      from: cpu?.evidence?.engineContention ? 'X-Cpu-Ms beside starts and removals' : null,
      samples: cpu?.evidence?.engineContention ? windows : 0,
      missing: cpu?.evidence?.engineContention ? null : 'starts beside CPU work: live calibrate all',
    },
    {
      quantity: 'cpu.speedSpread',
      from: cpu?.evidence?.speedSpread ? 'X-Cpu-Ms of the same work from run to run' : null,
      samples: cpu?.evidence?.speedSpread ? cpu.evidence.runs.length : 0,
      missing: cpu?.evidence?.speedSpread ? null : 'more runs of the same work: live calibrate all',
    },
    {
      quantity: 'cpu.overheadCpuShare',
      from: cpu?.evidence?.overheadCpuMs ? 'CPU of the replicas without X-Cpu-Ms' : null,
      samples: cpu?.evidence?.overheadCpuMs ? windows : 0,
      missing: cpu?.evidence?.overheadCpuMs ? null : run,
    },
    {
      quantity: 'cpu.quota',
      from: null,
      samples: 0,
      missing: 'no record says it: the testbed sets none; set it by hand',
    },
  ]
}

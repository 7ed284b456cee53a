import type { Estimate } from '../analysis/bootstrap.ts'
import type { RateLimit } from '../control/rateLimit.ts'
import type { Distribution, Family } from './distribution.ts'

export type { Estimate } from '../analysis/bootstrap.ts'

export const MODEL_SCHEMA = 1

/** What backs a fitted distribution. Absent in a model written by hand. */
export interface Evidence {
  mean: Estimate
  /** Of a parametric family. */
  parameters: Record<string, Estimate>
  samples: number
  /** Kolmogorov-Smirnov distance on the half of the data that the fit did not see, and its 5 % critical value. */
  heldOutKs: { statistic: number; critical5: number; samples: number }
  /** Anderson-Darling distance likewise, which weighs the tails. Absent for a constant, and in models of before it was computed. */
  heldOutAd?: { statistic: number; critical5: number }
  /** The held-out Kolmogorov-Smirnov distance of every family that was tried; the family under which the held-out data are most probable first. */
  families: { family: Family; statistic: number }[]
  /** Identifiers of the runs it came from. */
  runs: string[]
}

export interface Fitted {
  distribution: Distribution
  evidence?: Evidence
}

/** How a replica takes requests. */
export interface ContainerModel {
  /** Requests worked on at once; 1 for the single-threaded service. */
  workers: number
  /** Connections that wait in its listen queue; one more is refused by silence, until the proxy's connect time-out. */
  backlog: number
  rateLimit: RateLimit | null
  /** Time that a request over the limit (429) holds the thread. */
  rejectMs: Fitted
  /** Time that a health check holds the thread. */
  checkMs: Fitted
}

/** The cores that all replicas share, in equal parts (processor sharing), at most `quota` each. */
export interface HostModel {
  cores: number
  /** CPU quota of one replica in cores; null for none (one thread uses at most one). */
  quota: number | null
  /** Cores that the proxy and the load generator use whatever the load. */
  othersCores: number
  /** CPU time that they use a request, ms. */
  othersMsPerRequest: number
  /** Part of a request's overhead that is CPU work on these cores, 0 to 1; 0 where absent. */
  overheadCpuShare?: number
  /** Each further job on the cores lengthens the CPU work of all by this share: they share caches and memory. 0 where absent. */
  contention?: number
  /** Each start or removal that goes on lengthens it by this share; contention x engineJobs where absent. */
  engineContention?: number
  /**
   * Standard deviation of the logarithm of the time that the same CPU work takes from run to run: what else the physical machine
   * does. 0 where absent.
   */
  speedSpread?: number
  /** What backs it. Absent in a model written by hand. */
  evidence?: HostEvidence
}

export interface HostEvidence {
  othersCores: Estimate
  othersMsPerRequest: Estimate
  /** CPU time of a request at its replica beside the handler's (parsing, connection), ms; null where the readings did not tell it. */
  overheadCpuMs: Estimate | null
  /** Null where too few requests had others beside them. Absent in models of before it was fitted. */
  contention?: Estimate | null
  /** Null where too few requests had a start or a removal beside them. */
  engineContention?: Estimate | null
  /** Null where fewer than four runs tell it. */
  speedSpread?: Estimate | null
  /** Spans of ticks that were looked at. */
  windows: number
  runs: string[]
}

/** Ways to start a replica: `cold` from the image, `created` from a created container, `paused` from a frozen one. */
export type StartMethod = 'cold' | 'created' | 'paused'

export interface StartupModel {
  /** From asking for a replica until it is in rotation, when it starts alone. */
  cold: Fitted
  /** The same from the stand-by pool; absent where it was not measured. */
  created?: Fitted
  paused?: Fitted
  /** Each further replica that is starting at that moment lengthens a start by this share. */
  slowdownPerConcurrent: Estimate
  /**
   * CPU time of a start over its length alone: so a busy host slows starts and starts slow the running replicas. At most
   * `engineJobs`. Only with `cpu`; 0 where absent.
   */
  cpuShare?: Estimate
  /**
   * As how many jobs on the cores the CPU work of a start or of a removal counts while it goes on: engine, runtime and application
   * overlap. 1 where absent.
   */
  engineJobs?: Estimate
  /** Probability that a start ends in failure, after its whole time; 0 where absent. */
  failure?: Estimate
}

/** Where a request of one class spends its time at a server, ms. All three hold the one thread. */
export interface ClassModel {
  /** Sleeping in the handler. */
  blockingMs: Fitted
  /** CPU time of the handler. */
  cpuMs: Fitted
  /** The rest of the time that the server is held: connection, framework, hand-over to the next request. */
  overheadMs: Fitted
}

/** The most of each that any of the runs had to which the model was fitted. sim/calibrated.ts says how far beyond it predicts. */
export interface CalibratedRange {
  /** Over five seconds. */
  arrivalsPerS: number
  /** Ready ones. */
  replicas: number
  concurrentStarts: number
}

/**
 * A calibrated service: what `sim fit` writes and `sim run` reads (JSON). The
 * proxy's algorithm and limits are not here: they are settings of a run (record/schema.ts ServiceSettings).
 */
export interface Model {
  schema: typeof MODEL_SCHEMA
  name: string
  description: string
  classes: Record<string, ClassModel>
  /** Part of the response time that holds no server: client, network and proxy. */
  transitMs: Fitted
  startup: StartupModel
  /** From the end of draining until the container is gone. */
  stopMs: Fitted
  /** CPU time of a removal, part of `stopMs`; only with `cpu`, 0 where absent. */
  stopCpuMs?: Estimate
  monitoring: {
    /** From reading the signals to acting on the decision. */
    delayMs: Estimate
    /** Probability that a reading of the proxy fails; 0 where absent. */
    loss?: Estimate
  }
  /** One thread, a backlog of 4096, no rate limit and no time for checks where absent. */
  container?: ContainerModel
  /** Absent: every replica has a core of its own. */
  cpu?: HostModel
  /** Mean time between two crashes of one ready replica, ms (exponential); absent: none crashes. */
  crashMs?: Estimate
  /** Absent in a model written by hand, and in those of before it was noted: then a run is not told how far it is beyond. */
  calibrated?: CalibratedRange
  /** Kernel, cores and versions of the machine that was measured. */
  host: Record<string, string | number> | null
}

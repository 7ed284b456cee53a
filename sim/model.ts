import type { Distribution, Family } from './distribution.ts'

export const MODEL_SCHEMA = 1

/** A number with its 95 % interval; the ends are null where the sample was too small to give them. */
export interface Estimate {
  estimate: number
  lo: number | null
  hi: number | null
}

/** What backs a fitted distribution. Absent in a model written by hand. */
export interface Evidence {
  mean: Estimate
  /** Of a parametric family. */
  parameters: Record<string, Estimate>
  samples: number
  /** Kolmogorov-Smirnov distance on the half of the data that the fit did not see, and its 5 % critical value. */
  heldOutKs: { statistic: number; critical5: number; samples: number }
  /** The held-out distance of every family that was tried, best first. */
  families: { family: Family; statistic: number }[]
  /** Identifiers of the runs it came from. */
  runs: string[]
}

export interface Fitted {
  distribution: Distribution
  evidence?: Evidence
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

/**
 * A calibrated service: what `sim fit` writes and `sim run` reads (JSON). One thread a container. The
 * proxy's algorithm and limits are not here: they are settings of a run (record/schema.ts ServiceSettings).
 */
export interface Model {
  schema: typeof MODEL_SCHEMA
  name: string
  description: string
  classes: Record<string, ClassModel>
  /** Part of the response time that holds no server: client, network and proxy. */
  transitMs: Fitted
  startup: {
    /** From asking for a replica until it is in rotation, when it starts alone. */
    cold: Fitted
    /** Each further replica that is starting at that moment lengthens a start by this share. */
    slowdownPerConcurrent: Estimate
  }
  /** From the end of draining until the container is gone. */
  stopMs: Fitted
  monitoring: {
    /** From reading the signals to acting on the decision. */
    delayMs: Estimate
  }
  /** Kernel, cores and versions of the machine that was measured. */
  host: Record<string, string | number> | null
}

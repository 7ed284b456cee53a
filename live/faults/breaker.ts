import type { Fault } from '../../record/faults.ts'
import type { LivePlant } from '../plant.ts'
import type { Testbed } from '../testbed.ts'

/** The parts of a run that can be broken. */
export interface Parts {
  plant: LivePlant
  testbed: Testbed
}

/** What was broken. */
export interface Broken {
  /** The replica that it hit. */
  note?: string
  /** For what lasts: makes it whole again. What is gone by then is no error. */
  mend?: () => Promise<void> | void
}

/** @throws Error where nothing can be broken; its message says why. */
export type Breaker = (fault: Fault, parts: Parts) => Promise<Broken> | Broken

/** @throws Error where there are not so many ready replicas. */
export function victimOf({ replica }: Fault, { plant }: Parts): string {
  const name = plant.readyReplicas()[replica]
  if (name === undefined) throw new Error(`no replica ${replica} is ready`)
  return name
}

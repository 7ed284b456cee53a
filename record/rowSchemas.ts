import { z } from 'zod'
import type { Observation } from '../policies/policy.ts'
import type { FaultRow } from './faults.ts'
import { type Keys, replicas, time } from './headerSchema.ts'
import {
  type CpuReading,
  type ReplicaEvent,
  START_METHODS,
  type StartPhases,
  type TickRow,
} from './schema.ts'

/*
 * What a line of ticks.ndjson, replicas.ndjson and faults.ndjson must be. null is unknown, never 0. What was measured may be
 * any number: the laws (laws.ts) and the verdict say whether it is believed.
 */

const ms = z.number()
const measured = ms.nullable()
const name = z.string().min(1)

const observation = z.strictObject({
  nowMs: time,
  windowMs: time,
  arrivalsPerS: measured,
  completionsPerS: measured,
  errorsPerS: measured,
  rejectionsPerS: measured,
  inFlight: measured,
  queued: measured,
  responseMs: z.strictObject({ count: ms, mean: ms, p50: ms, p95: ms, p99: ms }).nullable(),
  serviceMsMean: measured,
  utilisation: measured,
  replicas: z.strictObject({ ready: replicas, starting: replicas, draining: replicas, standby: replicas }),
  target: replicas,
  ageMs: z.strictObject({ proxy: measured, replicas: measured }),
} satisfies Keys<Observation>)

const decision = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('scale'), replicas: z.number(), reason: z.string() }),
  z.strictObject({ kind: z.literal('hold'), reason: z.string() }),
])

export const tickRow = z.strictObject({
  observation,
  decision,
  target: replicas,
  delayMs: ms,
  byHand: z.enum(['pause', 'scale']).optional(),
  cpu: z
    .strictObject({
      hostMs: ms,
      proxyMs: ms,
      controllerMs: ms,
      replicasMs: z.record(name, ms),
    } satisfies Keys<CpuReading>)
    .nullish(),
} satisfies Keys<TickRow>) satisfies z.ZodType<TickRow>

export const replicaEvent = z.strictObject({
  atMs: time,
  replica: name,
  state: z.enum(['starting', 'ready', 'draining', 'stopped', 'failed']),
  note: z.string().optional(),
  phases: z
    .strictObject({
      method: z.enum(START_METHODS),
      createMs: ms,
      startMs: ms,
      answerMs: ms.nullable(),
      checkMs: ms,
    } satisfies Keys<StartPhases>)
    .optional(),
} satisfies Keys<ReplicaEvent>) satisfies z.ZodType<ReplicaEvent>

export const faultRow = z.strictObject({
  atMs: time,
  fault: name,
  state: z.enum(['begun', 'over', 'impossible']),
  note: z.string().optional(),
} satisfies Keys<FaultRow>) satisfies z.ZodType<FaultRow>

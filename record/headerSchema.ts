import { z } from 'zod'
import { MOST_MS } from './limits.ts'
import {
  BALANCES,
  type ClientRetries,
  type ControlSettings,
  type HealthChecks,
  OUTCOMES,
  RECORD_SCHEMA,
  type ReplicaCount,
  type RunCounts,
  type RunHeader,
  type ServiceSettings,
  type TraceInRecord,
} from './schema.ts'

/*
 * What a run.json must be. Imported lazily (read.ts): zod takes as long to load as the rest of a command. Keys that schema.ts does
 * not know are refused: one that is misspelt would otherwise be taken for one that is absent. `Keys` sees that none of them is
 * forgotten here.
 */

/** A schema for every key of T, and for no other. */
export type Keys<T> = Record<keyof T, z.ZodType>

const MOST_REPLICAS = 100_000

export const time = z.number().min(0).max(MOST_MS)
const amount = z.number().min(0)
const span = amount.gt(0)
export const count = z.int().min(0)
const name = z.string().min(1)
export const replicas = z.int().min(0).max(MOST_REPLICAS)
const someReplicas = replicas.min(1)

/** Corners of a load over time. */
const corners = <Key extends string>(key: Key, value: z.ZodNumber) =>
  z
    .array(z.strictObject({ atMs: time, [key]: value } as { atMs: typeof time } & Record<Key, z.ZodNumber>))
    .min(1)
    .refine(
      (points) => {
        const times = points.map((point) => (point as { atMs: number }).atMs)
        return times.every((atMs, i) => atMs >= (times[i - 1] ?? 0))
      },
      { error: 'times that do not go back' },
    )

const load = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('rate'), points: corners('ratePerS', amount) }),
  z.strictObject({ kind: z.literal('counts'), intervalMs: span, counts: z.array(count).min(1) }),
  z.strictObject({ kind: z.literal('arrivals'), atMs: z.array(time).min(1) }),
  z.strictObject({
    kind: z.literal('users'),
    points: corners('users', count),
    think: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('constant'), ms: time }),
      z.strictObject({ kind: z.literal('uniform'), minMs: time, maxMs: time }),
      z.strictObject({ kind: z.literal('exponential'), meanMs: time }),
    ]),
  }),
])

const trace = z.strictObject({
  name: z.string(),
  description: z.string(),
  load,
  process: z.enum(['poisson', 'even', 'mmpp']),
  burst: z.array(z.strictObject({ factor: amount, meanMs: span })).optional(),
  mix: z.record(name, amount),
  durationMs: span,
} satisfies Keys<TraceInRecord>)

const control = z
  .strictObject({
    intervalMs: span,
    windowMs: span,
    minReplicas: replicas,
    maxReplicas: someReplicas,
    initialReplicas: replicas,
    standby: z.strictObject({ method: z.enum(['created', 'paused']), size: replicas }).nullish(),
    knowledge: z.strictObject({
      serviceMsMean: amount.nullable(),
      serviceScv: amount.nullish(),
      startupMsMean: amount.nullable(),
      topology: z.enum(['central', 'roundrobin', 'leastconn', 'random', 'first']).nullish(),
    }),
    plan: z.array(replicas).nullish(),
  } satisfies Keys<ControlSettings>)
  .refine(({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas, {
    error: 'maxReplicas not below minReplicas',
  })

const service = z.strictObject({
  balance: z.enum(BALANCES),
  maxconn: count.min(1).nullable(),
  queueTimeoutMs: amount,
  clientTimeoutMs: amount,
  health: z
    .strictObject({
      intervalMs: span,
      downIntervalMs: span,
      timeoutMs: span,
      rise: count.min(1),
      fall: count.min(1),
    } satisfies Keys<HealthChecks>)
    .nullish(),
  frontendMaxconn: count.min(1).nullish(),
  queueLimit: count.nullish(),
  slowstartMs: time.optional(),
  retries: z
    .strictObject({
      most: count,
      backoffMs: time,
      factor: amount,
      jitter: amount.max(1),
    } satisfies Keys<ClientRetries>)
    .nullish(),
} satisfies Keys<ServiceSettings>)

const texts = z.record(z.string(), z.string())

const byStatus = z.record(z.string(), count)
const counts = z.strictObject({
  generator: z.strictObject({
    sent: count,
    byOutcome: z.record(z.enum(OUTCOMES), count),
    byStatus,
    broken: count.nullable(),
  } satisfies Keys<RunCounts['generator']>),
  proxy: z.strictObject({
    received: count.nullable(),
    lines: count,
    malformedLines: count,
    byStatus,
  } satisfies Keys<RunCounts['proxy']>),
  replicas: z
    .record(name, z.strictObject({ served: count, known: count, lines: count } satisfies Keys<ReplicaCount>))
    .nullable(),
  explained: z.strictObject({ unseen: count, unwritten: count, insideDead: count } satisfies Keys<
    RunCounts['explained']
  >),
} satisfies Keys<RunCounts>)

export const runHeader = z.strictObject({
  schema: z.literal(RECORD_SCHEMA, { error: `${RECORD_SCHEMA}, the version that this ScaleTwin reads` }),
  mode: z.enum(['sim', 'live']),
  purpose: z.enum(['run', 'load', 'saturation', 'scaling', 'startup']),
  state: z.enum(['running', 'complete', 'interrupted']),
  startedAt: z.string().nullable(),
  seed: z.number(),
  trace,
  traceHash: z.string(),
  model: z.strictObject({ name: z.string(), hash: z.string() }).nullable(),
  policy: z.strictObject({ name, parameters: z.record(z.string(), z.number()) }),
  control,
  service,
  app: texts.nullable(),
  prediction: z.strictObject({ path: name, sha256: z.string() }).nullable(),
  versions: texts,
  host: z.record(z.string(), z.union([z.string(), z.number()])).nullable(),
  faults: z.array(z.string()).optional(),
  counts: counts.optional(),
  lateness: z
    .strictObject({ p50: z.number(), p99: z.number(), max: z.number(), boundP99: z.number() })
    .nullable(),
  verdict: z.strictObject({ valid: z.boolean(), reasons: z.array(z.string()) }),
} satisfies Keys<RunHeader>) satisfies z.ZodType<RunHeader>

import { z } from 'zod'
import { DEEPEST_MIXTURE, type Distribution, type Family } from './distribution.ts'
import { MODEL_SCHEMA, type Model } from './model.ts'

/*
 * Texts of `error` say what was expected instead: readModel.ts puts the place and the value before them.
 */

const HOUR_MS = 3_600_000
/** Longest window of a rate limit: they are also given by the day. */
const MONTH_MS = 31 * 24 * HOUR_MS
const ms = z.number().min(0).max(HOUR_MS)
const positive = z.number().positive().max(HOUR_MS)
/** Shapes below this give times beyond any number that a computer holds. */
const shape = z.number().min(0.05).max(HOUR_MS)

/** `abort`: a list of the wrong size is that one problem, whatever is in it. */
const listOf = <T>(entry: z.ZodType<T>, min: number, max: number) =>
  z.array(entry).min(min, { abort: true }).max(max, { abort: true })

const MOST_NAMES = 1000
/** The size first: hundreds of thousands of wrong entries would take ten seconds to look through. */
const tableOf = <T>(entry: z.ZodType<T>) =>
  z
    .record(z.string(), z.unknown())
    .refine((table) => Object.keys(table).length <= MOST_NAMES, {
      error: `at most ${MOST_NAMES} entries`,
      abort: true,
    })
    .pipe(z.record(z.string(), entry))

/** An interval's ends are null in JSON where a sample was too small to give them. @param value what the estimate may be. */
const estimateIn = (value: z.ZodType<number>) =>
  z.strictObject({ estimate: value, lo: z.number().nullable(), hi: z.number().nullable() })

const estimate = estimateIn(z.number())
const notNegative = estimateIn(z.number().min(0))
const probability = estimateIn(z.number().min(0).lt(1))

/** Most branches or parts, and how far their probabilities may be from 1 in all. */
const MOST_PARTS = 20
const ROUNDING = 1e-9

const branches = listOf(
  z.strictObject({ probability: z.number().positive().max(1), mean: positive }),
  1,
  MOST_PARTS,
).refine((all) => Math.abs(all.reduce((sum, one) => sum + one.probability, 0) - 1) <= ROUNDING, {
  error: 'branches whose probabilities add up to 1',
})

const quantiles = listOf(ms, 2, 10_001).refine((q) => q.every((value, i) => i === 0 || value >= q[i - 1]!), {
  error: 'quantiles that do not fall',
})

const SIMPLE = {
  deterministic: z.strictObject({ family: z.literal('deterministic'), value: ms }),
  uniform: z
    .strictObject({ family: z.literal('uniform'), min: ms, max: ms })
    .refine(({ min, max }) => max > min, { error: 'more than min', path: ['max'] }),
  exponential: z.strictObject({ family: z.literal('exponential'), mean: positive }),
  gamma: z.strictObject({ family: z.literal('gamma'), shape, scale: positive }),
  lognormal: z.strictObject({
    family: z.literal('lognormal'),
    mu: z.number().min(-20).max(20),
    sigma: z.number().positive().max(10),
  }),
  weibull: z.strictObject({ family: z.literal('weibull'), shape, scale: positive }),
  hyperexponential: z.strictObject({ family: z.literal('hyperexponential'), branches }),
  empirical: z.strictObject({ family: z.literal('empirical'), quantiles }),
} satisfies Record<Exclude<Family, 'mixture'>, z.ZodType<Distribution>>

const FAMILIES = [...(Object.keys(SIMPLE) as Exclude<Family, 'mixture'>[]), 'mixture'] as const

/** @param deeper how many mixtures may be inside one another here. One schema a level, so that no input recurses. */
function distributionWith(deeper: number): z.ZodType<Distribution> {
  const mixture = z.strictObject({
    family: z.literal('mixture'),
    parts:
      deeper > 0
        ? listOf(
            z.strictObject({ weight: z.number().positive(), distribution: distributionWith(deeper - 1) }),
            1,
            MOST_PARTS,
          )
        : z.never({ error: `mixtures inside one another at most ${DEEPEST_MIXTURE} deep` }),
  })
  const { deterministic, ...others } = SIMPLE
  return z.discriminatedUnion('family', [deterministic, ...Object.values(others), mixture], {
    error: (issue) => (issue.code === 'invalid_union' ? `one of ${FAMILIES.join(', ')}` : undefined),
  })
}

const distribution = distributionWith(DEEPEST_MIXTURE)

const evidence = z.strictObject({
  mean: estimate,
  parameters: tableOf(estimate),
  samples: z.int().min(1),
  heldOutKs: z.strictObject({ statistic: z.number(), critical5: z.number(), samples: z.int() }),
  heldOutAd: z.strictObject({ statistic: z.number(), critical5: z.number() }).optional(),
  families: listOf(z.strictObject({ family: z.enum(FAMILIES), statistic: z.number() }), 0, MOST_NAMES),
  runs: listOf(z.string(), 0, MOST_NAMES),
})

const fitted = z.strictObject({ distribution, evidence: evidence.optional() })

const container = z.strictObject({
  workers: z.int().min(1).max(1024),
  backlog: z.int().min(1).max(65_535),
  rateLimit: z
    .strictObject({
      kind: z.enum(['fixed-window', 'moving-window']),
      limit: z.int().min(1).max(1_000_000),
      windowMs: z.number().positive().max(MONTH_MS),
    })
    .nullable(),
  rejectMs: fitted,
  checkMs: fitted,
})

/** `abort`: what follows compares with it. */
const cores = z.number().positive({ abort: true }).max(1024)
const cpu = z
  .strictObject({
    cores,
    quota: cores.nullable(),
    othersCores: z.number().min(0).max(1024),
    othersMsPerRequest: ms,
    overheadCpuShare: z.number().min(0).max(1).optional(),
    contention: z.number().min(0).max(10).optional(),
    engineContention: z.number().min(0).max(10).optional(),
    speedSpread: z.number().min(0).max(2).optional(),
    evidence: z
      .strictObject({
        othersCores: estimate,
        othersMsPerRequest: estimate,
        overheadCpuMs: estimate.nullable(),
        contention: estimate.nullable().optional(),
        engineContention: estimate.nullable().optional(),
        speedSpread: estimate.nullable().optional(),
        windows: z.int().min(1),
        runs: listOf(z.string(), 0, MOST_NAMES),
      })
      .optional(),
  })
  .refine((host) => host.othersCores < host.cores, { error: 'less than cores', path: ['othersCores'] })

/** More would be no start of one container. */
const MOST_ENGINE_JOBS = 64

/** The JSON form of sim/model.ts; strict, so that a misspelt key is an error and not a silent default. */
export const modelSchema: z.ZodType<Model> = z.strictObject({
  schema: z.literal(MODEL_SCHEMA),
  name: z.string().min(1),
  description: z.string(),
  classes: tableOf(z.strictObject({ blockingMs: fitted, cpuMs: fitted, overheadMs: fitted })).refine(
    (classes) => Object.keys(classes).length > 0,
    { error: 'at least one class of requests' },
  ),
  transitMs: fitted,
  startup: z
    .strictObject({
      cold: fitted,
      created: fitted.optional(),
      paused: fitted.optional(),
      slowdownPerConcurrent: notNegative,
      cpuShare: estimateIn(z.number().min(0).max(MOST_ENGINE_JOBS)).optional(),
      engineJobs: estimateIn(z.number().min(1).max(MOST_ENGINE_JOBS)).optional(),
      failure: probability.optional(),
    })
    .refine(({ cpuShare, engineJobs }) => (cpuShare?.estimate ?? 0) <= (engineJobs?.estimate ?? 1), {
      error: 'at most engineJobs, which is 1 where absent',
      path: ['cpuShare', 'estimate'],
    }),
  stopMs: fitted,
  stopCpuMs: notNegative.optional(),
  monitoring: z.strictObject({ delayMs: notNegative, loss: probability.optional() }),
  container: container.optional(),
  cpu: cpu.optional(),
  calibrated: z
    .strictObject({
      arrivalsPerS: z.number().min(0).max(1e9),
      replicas: z.int().min(0).max(1e6),
      concurrentStarts: z.int().min(0).max(1e6),
    })
    .optional(),
  crashMs: estimateIn(z.number().positive()).optional(),
  host: tableOf(z.union([z.string(), z.number()])).nullable(),
})

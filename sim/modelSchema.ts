import { z } from 'zod'
import { MODEL_SCHEMA } from './model.ts'

const ms = z.number().min(0).max(3_600_000)
const positive = z.number().positive().max(3_600_000)
/** An interval's ends are null in JSON where a sample was too small to give them. */
const estimate = z.strictObject({
  estimate: z.number(),
  lo: z.number().nullable(),
  hi: z.number().nullable(),
})

const distribution = z.discriminatedUnion('family', [
  z.strictObject({ family: z.literal('deterministic'), value: ms }),
  z
    .strictObject({ family: z.literal('uniform'), min: ms, max: ms })
    .refine(({ min, max }) => max > min, { error: 'max must be above min', path: ['max'] }),
  z.strictObject({ family: z.literal('exponential'), mean: positive }),
  z.strictObject({ family: z.literal('gamma'), shape: positive, scale: positive }),
  z.strictObject({
    family: z.literal('lognormal'),
    mu: z.number().min(-20).max(20),
    sigma: z.number().positive().max(10),
  }),
  z.strictObject({ family: z.literal('weibull'), shape: positive, scale: positive }),
  z.strictObject({
    family: z.literal('empirical'),
    quantiles: z
      .array(ms)
      .min(2)
      .max(10_001)
      .refine((q) => q.every((value, i) => i === 0 || value >= q[i - 1]!), {
        error: 'quantiles must not fall',
      }),
  }),
])

const evidence = z.strictObject({
  mean: estimate,
  parameters: z.record(z.string(), estimate),
  samples: z.int().min(1),
  heldOutKs: z.strictObject({ statistic: z.number(), critical5: z.number(), samples: z.int() }),
  families: z.array(z.strictObject({ family: z.string(), statistic: z.number() })),
  runs: z.array(z.string()),
})

const fitted = z.strictObject({ distribution, evidence: evidence.optional() })

/** The JSON form of sim/model.ts; strict, so that a misspelt key is an error and not a silent default. */
export const modelSchema = z.strictObject({
  schema: z.literal(MODEL_SCHEMA),
  name: z.string().min(1),
  description: z.string(),
  classes: z
    .record(z.string(), z.strictObject({ blockingMs: fitted, cpuMs: fitted, overheadMs: fitted }))
    .refine((classes) => Object.keys(classes).length > 0, { error: 'a model needs at least one class' }),
  transitMs: fitted,
  startup: z.strictObject({
    cold: fitted,
    slowdownPerConcurrent: estimate.refine((e) => e.estimate >= 0, {
      error: 'must be >= 0',
      path: ['estimate'],
    }),
  }),
  stopMs: fitted,
  monitoring: z.strictObject({
    delayMs: estimate.refine((e) => e.estimate >= 0, { error: 'must be >= 0', path: ['estimate'] }),
  }),
  host: z.record(z.string(), z.union([z.string(), z.number()])).nullable(),
})

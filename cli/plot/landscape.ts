import { mean } from 'simple-statistics'
import * as z from 'zod'
import { influenceOf } from '../../analysis/influence.ts'
import { badInput, UserError } from '../../base/errors.ts'
import type { LandscapePoint, Picture } from '../../plots/index.ts'
import { penalised, type Score } from '../../sim/tune/objective.ts'
import type { Given, PlotFlags } from './given.ts'

const parameters = z.record(z.string(), z.number())
const interval = z.object({ mean: z.number() })
const judged = z.object({
  parameters,
  traces: z
    .array(
      z.object({
        heldOut: z.boolean(),
        keepsPromise: z.boolean(),
        metrics: z.object({
          replicaSeconds: interval,
          reversals: interval,
          violationShare: interval.optional(),
        }),
      }),
    )
    .min(1),
})
/** The part of what `sim tune` writes that a landscape needs. */
const tuned = z.object({
  policy: z.string(),
  sla: z.string(),
  goal: z.object({ allowed: z.number(), probability: z.number() }),
  tuned: judged,
  reference: judged,
  /** Every candidate that ran on all seeds. */
  evaluated: z
    .array(
      z.object({
        parameters,
        cost: z.number(),
        excess: z.number(),
        violationShare: z.number(),
        replicaSeconds: z.number(),
        reversals: z.number(),
      }),
    )
    .optional(),
  /** Those that no other one beats, with --objective pareto. */
  front: z
    .array(
      z.object({ parameters, violationShare: z.number(), replicaSeconds: z.number(), reversals: z.number() }),
    )
    .optional(),
})
type Tuned = z.infer<typeof tuned>
type Judged = z.infer<typeof judged>

/** @throws UserError where the file is no result of a search, or the search moved fewer than two parameters. */
export async function landscapePicture({ file }: Given, { x, y }: PlotFlags): Promise<Picture> {
  if (!file)
    throw new UserError(
      '--kind landscape draws what a search found: give the file of sim tune --out, or what sim tune --json prints, and not run records',
    )
  const found = tuned.safeParse(file.json)
  if (!found.success) {
    const [issue] = found.error.issues
    throw badInput({
      place: `${file.path}${issue!.path.length > 0 ? `: ${issue!.path.join('.')}` : ''}`,
      value: valueAt(file.json, issue!.path),
      expected: 'what sim tune --out writes',
      remedy: issue!.message,
    })
  }
  const { landscapeSpec } = await import('../../plots/index.ts')
  const { data } = found
  const candidates = candidatesOf(data)
  const influence = influenceOf(
    candidates.map((one) => ({ parameters: one.parameters, objective: penalised(one) })),
  )
  const names = influence.map(({ name }) => name)
  if (names.length < 2)
    throw new UserError(
      `${file.path}: the candidates differ in ${names[0] ?? 'no parameter'}, and a landscape has two axes. Search with fewer --set`,
    )
  const percent = (share: number) => `${Number((100 * share).toPrecision(3))}%`
  const [chosen, start] = [judgedOf(data.tuned, data), judgedOf(data.reference, data)]
  return landscapeSpec({
    title: `Where the search for ${data.policy} looked`,
    subtitle: `${candidates.length} ${data.evaluated ? 'candidates' : 'candidates that no other one beats'}; SLA ${data.sla}, at most ${percent(data.goal.allowed)} of a run's requests may violate it, with probability ${percent(data.goal.probability)}`,
    points: candidates.map(pointOf),
    chosen: pointOf(chosen),
    start: pointOf(start),
    axes: axesOf({ x, y }, names),
    influence,
  })
}

interface Scored extends Score {
  parameters: Record<string, number>
}

const pointOf = ({ parameters, cost, violationShare, excess }: Scored): LandscapePoint => ({
  parameters,
  cost,
  violationShare,
  keeps: excess === 0,
})

/** All that were evaluated where the file has them; else those on the front, whose mean is held against what is allowed; with start and choice. */
function candidatesOf(found: Tuned): Scored[] {
  if (found.evaluated) return found.evaluated
  const startCost = meanOf(found.reference, 'replicaSeconds')
  return [
    judgedOf(found.reference, found),
    judgedOf(found.tuned, found),
    ...(found.front ?? []).map((point) => ({
      ...point,
      cost: point.replicaSeconds / startCost,
      excess: Math.max(0, point.violationShare - found.goal.allowed),
    })),
  ]
}

/** Start or choice as it was judged on fresh seeds, on the traces of the search. */
function judgedOf(one: Judged, { reference, goal }: Tuned): Scored {
  const violationShare = meanOf(one, 'violationShare')
  const replicaSeconds = meanOf(one, 'replicaSeconds')
  return {
    parameters: one.parameters,
    cost: replicaSeconds / meanOf(reference, 'replicaSeconds'),
    violationShare,
    replicaSeconds,
    reversals: meanOf(one, 'reversals'),
    excess: searched(one).every(({ keepsPromise }) => keepsPromise)
      ? 0
      : Math.max(Number.EPSILON, violationShare - goal.allowed),
  }
}

const searched = ({ traces }: Judged) => traces.filter(({ heldOut }) => !heldOut)

/** Where no request came, none was violated. */
const meanOf = (one: Judged, name: 'violationShare' | 'replicaSeconds' | 'reversals') =>
  mean(searched(one).map(({ metrics }) => metrics[name]?.mean ?? 0))

/** The two that matter most, unless others were named. */
function axesOf({ x, y }: Pick<PlotFlags, 'x' | 'y'>, names: readonly string[]): { x: string; y: string } {
  for (const [flag, name] of Object.entries({ '--x': x, '--y': y }))
    if (name !== undefined && !names.includes(name))
      throw badInput({
        place: flag,
        value: name,
        expected: `a parameter that the search moved: ${names.join(', ')}`,
      })
  if (x !== undefined && x === y)
    throw badInput({ place: '--y', value: y, expected: 'another parameter than --x' })
  const across = x ?? names.find((name) => name !== y)!
  return { x: across, y: y ?? names.find((name) => name !== across)! }
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inside, key) => (typeof inside === 'object' && inside !== null ? Reflect.get(inside, key) : undefined),
    json,
  )
}

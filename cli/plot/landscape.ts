import * as z from 'zod'
import { influenceOf } from '../../analysis/influence.ts'
import { badInput, UserError } from '../../base/errors.ts'
import type { LandscapePoint, Picture } from '../../plots/index.ts'
import { penalised } from '../../sim/tune/objective.ts'
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
        metrics: z.object({ replicaSeconds: interval, violationShare: interval.optional() }),
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
      z.object({ parameters, cost: z.number(), excess: z.number(), violationShare: z.number(), replicaSeconds: z.number(), reversals: z.number() }),
    )
    .optional(),
  /** Those that no other one beats, with --objective pareto. */
  front: z
    .array(z.object({ parameters, violationShare: z.number(), replicaSeconds: z.number() }))
    .optional(),
})
type Tuned = z.infer<typeof tuned>

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
  const start = pointOf(data.reference, data.reference)
  const chosen = pointOf(data.tuned, data.reference)
  const points = candidatesOf(data, start, chosen)
  const influence = influenceOf(
    points.map((point) => ({
      parameters: point.parameters,
      objective: penalised({ ...point, excess: point.keeps ? 0 : excessOf(point, data) }),
    })),
  )
  const names = influence.map(({ name }) => name)
  if (names.length < 2)
    throw new UserError(
      `${file.path}: the candidates differ in ${names.length === 0 ? 'no parameter' : names[0]}, and a landscape has two axes. Search without so many --set`,
    )
  return landscapeSpec({
    title: `Where the search for ${data.policy} looked`,
    subtitle: `${points.length} candidates; SLA ${data.sla}, at most ${100 * data.goal.allowed}% of a run's requests violate it with ${100 * data.goal.probability}%`,
    points,
    chosen,
    start,
    axes: axesOf({ x, y }, names),
    influence,
  })
}

/** All that were evaluated where the file has them; else those that it names. */
function candidatesOf(
  { evaluated, front, goal, reference }: Tuned,
  start: LandscapePoint,
  chosen: LandscapePoint,
): LandscapePoint[] {
  if (evaluated)
    return evaluated.map(({ excess, ...point }) => ({
      parameters: point.parameters,
      cost: point.cost,
      violationShare: point.violationShare,
      excess,
      keeps: excess === 0,
    }))
  const startCost = costOf(reference)
  return [
    start,
    chosen,
    ...(front ?? []).map(({ parameters: own, violationShare, replicaSeconds }) => ({
      parameters: own,
      cost: replicaSeconds / startCost,
      violationShare,
      keeps: violationShare <= goal.allowed,
    })),
  ]
}

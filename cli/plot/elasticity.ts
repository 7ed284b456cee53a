import type { Pairing } from '../../analysis/compare.ts'
import { elasticityCells } from '../../analysis/elasticityCells.ts'
import { UserError } from '../../base/errors.ts'
import { hashOf } from '../../base/hash.ts'
import type { Picture } from '../../plots/index.ts'
import type { RunHeader } from '../../record/schema.ts'
import { demandOf } from '../../sim/demand.ts'
import type { Model } from '../../sim/model.ts'
import { readModel } from '../../sim/readModel.ts'
import type { Trace } from '../../traces/trace.ts'
import { remark } from '../program.ts'
import { type Given, nameOf, onTrace, type PlotFlags, pairingsOf } from './given.ts'

/** The demand is that of the model, under each trace and its runs' service settings. */
export async function elasticityPicture(given: Given, { sla, model: named }: PlotFlags): Promise<Picture> {
  const { elasticitySpec } = await import('../../plots/index.ts')
  const pairings = pairingsOf(given, 'elasticity')
  const model = await modelFor(pairings, named)
  const slo = { sloMs: sla.limitMs, eps: Number((1 - sla.quantile).toPrecision(12)) }
  const cells = elasticityCells(pairings, (pairing) => {
    const { trace, service } = headerOf(pairing)
    return demandOf({ trace: trace as Trace, model, service }, slo)
  })
  return elasticitySpec({
    title: `How well the replicas followed the demand${onTrace(pairings)}`,
    cells: cells.map((cell) => ({ ...cell, trace: nameOf(cell.trace) })),
  })
}

const headerOf = ({ simulated, live }: Pairing): RunHeader => (simulated[0] ?? live[0]!).run

/** The model that was named, or else the shipped one that the records name. */
async function modelFor(pairings: readonly Pairing[], named: string | undefined): Promise<Model> {
  const models = pairings.flatMap(({ simulated, live }) =>
    [...simulated, ...live].flatMap(({ run }) => (run.model ? [run.model] : [])),
  )
  const hashes = new Set(models.map(({ hash }) => hash))
  if (named !== undefined) {
    const model = await readModel(named)
    if (hashes.size > 0 && !hashes.has(hashOf(model)))
      remark(`remark: the runs were not made with --model ${named}: the demand is that of another service`)
    return model
  }
  const [first] = models
  const remedy =
    'Give the model that the demand is to come from: --model FILE (as sim fit -o wrote it), or a shipped one'
  if (!first) throw new UserError(`--kind elasticity: no record names a model. ${remedy}`)
  if (hashes.size > 1)
    throw new UserError(`--kind elasticity: the records are of ${hashes.size} different models. ${remedy}`)
  const shipped = await readModel(first.name).catch(() => null)
  if (shipped && hashOf(shipped) === first.hash) return shipped
  throw new UserError(
    `--kind elasticity: the records are of the model "${first.name}", which is none of the shipped ones. ${remedy}`,
  )
}

import { basename } from 'node:path'
import { quantileResiduals } from '../../analysis/quantileResiduals.ts'
import { UserError } from '../../base/errors.ts'
import type { FitEvidence, FittedQuantity, Picture } from '../../plots/index.ts'
import { cdfOf } from '../../sim/distribution.ts'
import { type FitResult, fitModel } from '../../sim/fit/fit.ts'
import { quantileOf } from '../../sim/fit/quantile.ts'
import type { Fitted, Model } from '../../sim/model.ts'
import { parseModel } from '../../sim/readModel.ts'
import { describe } from '../fit/modelTable.ts'
import { remark } from '../program.ts'
import type { Given } from './given.ts'

const CDF_POINTS = 200

/** Of records the fits against the data that they did not see; of a model the evidence that is in it. */
export async function fitPicture(given: Given): Promise<Picture> {
  if (given.file) return evidencePicture(await parseModel(given.file.json, given.file.path))
  const ids = given.folders.map((folder) => basename(folder))
  const { diagnostics, remarks } = fitModel(given.records, ids, 'plotted')
  for (const line of remarks) remark(line)
  const picture = await diagnosticsPicture(diagnostics, ids.length)
  if (picture) return picture
  throw new UserError(
    '--kind fit: no quantity has values enough to hold half of them out (10). Give more or longer runs of live calibrate',
  )
}

/** Null where no quantity has values enough to hold half of them out. */
export async function diagnosticsPicture(
  diagnostics: FitResult['diagnostics'],
  runs: number,
): Promise<Picture | null> {
  const { fitDiagnosticsSpec } = await import('../../plots/index.ts')
  const quantities = diagnostics
    .filter(({ distribution }) => distribution.family !== 'deterministic')
    .map(quantityOf)
  if (quantities.length === 0) return null
  return fitDiagnosticsSpec({ quantities, subtitle: `Half of the values of ${runs} runs was held out` })
}

function quantityOf({ label, sample, distribution }: FitResult['diagnostics'][number]): FittedQuantity {
  const top = sample.at(-1)! * 1.05
  const xs = Array.from({ length: CDF_POINTS + 1 }, (_, i) => (i / CDF_POINTS) * top)
  return {
    label,
    distribution: describe(distribution),
    unit: 'ms',
    cdf: xs.map((x) => ({ x, p: cdfOf(distribution, x) })),
    residuals: quantileResiduals(sample, (p) => quantileOf(distribution, p)),
  }
}

async function evidencePicture(model: Model): Promise<Picture> {
  const { fitEvidenceSpec } = await import('../../plots/index.ts')
  const fits = fittedOf(model).flatMap(([label, fitted]) => evidenceOf(label, fitted))
  if (fits.length === 0)
    throw new UserError(
      `--kind fit: the model "${model.name}" was written by hand and has no evidence. Give a model of sim fit, or the records themselves`,
    )
  return fitEvidenceSpec({ title: `What the model "${model.name}" was fitted to`, fits })
}

function fittedOf({ classes, transitMs, startup, stopMs, container }: Model): [string, Fitted][] {
  const all: [string, Fitted | undefined][] = [
    ...Object.entries(classes).flatMap(([name, own]): [string, Fitted][] => [
      [`${name}: blocking`, own.blockingMs],
      [`${name}: CPU`, own.cpuMs],
      [`${name}: overhead`, own.overheadMs],
    ]),
    ['transit', transitMs],
    ['cold start', startup.cold],
    ['created start', startup.created],
    ['paused start', startup.paused],
    ['stop', stopMs],
    ['rejection (429)', container?.rejectMs],
    ['health check', container?.checkMs],
  ]
  return all.flatMap(([label, fitted]): [string, Fitted][] => (fitted ? [[label, fitted]] : []))
}

function evidenceOf(label: string, { distribution, evidence }: Fitted): FitEvidence[] {
  if (!evidence) return []
  const { mean, samples, heldOutKs: ks, heldOutAd: ad } = evidence
  return [
    {
      label,
      distribution: describe(distribution),
      samples,
      mean,
      ks: ks.critical5 > 0 ? ks.statistic / ks.critical5 : null,
      ad: ad ? ad.statistic / ad.critical5 : null,
    },
  ]
}

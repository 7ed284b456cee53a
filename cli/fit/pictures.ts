import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cdfOf } from '../../sim/distribution.ts'
import type { FitResult } from '../../sim/fit/fit.ts'
import { quantileOf } from '../../sim/fit/quantile.ts'
import { remark } from '../program.ts'
import { describe } from './modelTable.ts'

const CDF_POINTS = 200

/** Each fit against the data that it did not see: both distribution functions, and quantiles against quantiles. */
export async function drawFits(diagnostics: FitResult['diagnostics'], folder: string): Promise<void> {
  const { fitSpec, qqSpec, writePicture } = await import('../../plots/index.ts')
  await mkdir(folder, { recursive: true })
  for (const { label, sample, distribution } of diagnostics) {
    const top = sample.at(-1)!
    const xs = Array.from({ length: CDF_POINTS + 1 }, (_, i) => (i / CDF_POINTS) * top * 1.05)
    const cdf = xs.map((x) => ({ x, p: cdfOf(distribution, x) }))
    const name = label.replace(/[^A-Za-z]+/g, '-')
    const subtitle = describe(distribution)
    const path = join(folder, `fit-${name}.svg`)
    await writePicture(fitSpec({ label, unit: 'ms', sample, cdf, subtitle }), path)
    remark(`picture: ${path}`)
    if (distribution.family === 'deterministic') continue
    const points = sample.map((measured, i) => ({
      fitted: quantileOf(distribution, (i + 0.5) / sample.length),
      measured,
    }))
    const qq = join(folder, `qq-${name}.svg`)
    await writePicture(qqSpec({ label, unit: 'ms', points, subtitle }), qq)
    remark(`picture: ${qq}`)
  }
}

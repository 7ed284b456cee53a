import type { QuantileResidual } from '../analysis/quantileResiduals.ts'
import { telling } from './hover.ts'
import { POINT, thinned } from './qq.ts'
import { numberText } from './texts.ts'
import { COLOURS, type Layer, type Panel } from './theme.ts'

/**
 * Measured less fitted quantile, over the fitted one, with the band in which 95 % of samples of the fitted distribution have each: what
 * the diagonal of a quantile plot hides when its range is large.
 */
export function residualPanel(
  { unit, residuals }: { unit: string; residuals: readonly QuantileResidual[] },
  { widthPx, heightPx }: { widthPx: number; heightPx: number },
): Panel {
  const x = {
    field: 'fitted',
    type: 'quantitative' as const,
    title: `Fitted quantile (${unit})`,
    scale: { nice: 5, zero: false },
    axis: { grid: true, tickCount: Math.round(widthPx / 60) },
  }
  const y = { type: 'quantitative' as const, title: `Measured - fitted (${unit})`, axis: { tickCount: 5 } }
  const rows = thinned(residuals).map(({ fitted, measured, lo, hi }) => ({
    fitted,
    residual: measured - fitted,
    lo: lo - fitted,
    hi: hi - fitted,
  }))
  const { data, tooltip } = telling(rows, (row) => ({
    'Measured - fitted': `${numberText(row.residual)} ${unit}`,
    'Fitted quantile': `${numberText(row.fitted)} ${unit}`,
    '95% of exact fits': `${numberText(row.lo)} to ${numberText(row.hi)} ${unit}`,
  }))
  return {
    width: widthPx,
    height: heightPx,
    layer: [
      {
        data: { values: rows },
        mark: { type: 'area', color: COLOURS.predictedBand },
        encoding: { x, y: { ...y, field: 'lo' }, y2: { field: 'hi' } },
      },
      {
        data: { values: [{ zero: 0 }] },
        mark: { type: 'rule', color: COLOURS.predicted, strokeWidth: 2 },
        encoding: { y: { ...y, field: 'zero' } },
      },
      { data, mark: POINT, encoding: { x, y: { ...y, field: 'residual' }, tooltip } },
    ] as Layer[],
  }
}

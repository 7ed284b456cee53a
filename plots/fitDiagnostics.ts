import type { QuantileResidual } from '../analysis/quantileResiduals.ts'
import { assert } from '../base/assert.ts'
import { cdfPanel } from './fit.ts'
import { panelTitle } from './grid.ts'
import { keyPanel } from './key.ts'
import { qqPanel } from './qq.ts'
import { residualPanel } from './residuals.ts'
import { type Headline, headline, MARGIN_PX, type Panel, type Picture } from './theme.ts'

/** One fitted quantity against the measurements that its fit did not see. */
export interface FittedQuantity {
  /** `read: blocking` */
  label: string
  /** The fitted distribution in words. */
  distribution: string
  unit: string
  /** The fitted distribution function, x ascending. */
  cdf: readonly { x: number; p: number }[]
  /** In ascending order of both. */
  residuals: readonly QuantileResidual[]
}

export interface FitDiagnosticsPicture extends Partial<Headline> {
  quantities: readonly FittedQuantity[]
}

const PANEL_PX = 210
const BETWEEN_PX = 62
const PICTURE_PX = 3 * PANEL_PX + 2 * BETWEEN_PX

/** Every fit of a model, a row each: both distribution functions, quantiles against quantiles, and residuals. */
export function fitDiagnosticsSpec({ quantities, title, subtitle }: FitDiagnosticsPicture): Picture {
  assert(quantities.length > 0, 'a picture of fits needs at least one')
  const heading = title ?? 'How well the fits meet data that they did not see'
  return {
    description: `${heading}: distribution functions, quantiles and residuals of ${quantities.map(({ label }) => label).join(', ')}`,
    title: headline({ title: heading, subtitle }, PICTURE_PX + MARGIN_PX),
    vconcat: [
      keyPanel(
        [
          { sign: 'line', text: 'Fitted' },
          { sign: 'thinLine', text: 'Held-out measurements' },
          { sign: 'paleDot', text: 'One of them' },
          { sign: 'band', text: '95% of the values if the fit were exact' },
        ],
        { fromPx: -MARGIN_PX, widthPx: PICTURE_PX + MARGIN_PX },
      ),
      ...quantities.map(quantityPanels),
    ],
  }
}

function quantityPanels({ label, distribution, unit, cdf, residuals }: FittedQuantity): Panel {
  const sample = residuals.map(({ measured }) => measured)
  const size = { widthPx: PANEL_PX, heightPx: PANEL_PX }
  return {
    title: panelTitle(`${label}: ${distribution} (${sample.length} held out)`),
    spacing: BETWEEN_PX,
    bounds: 'flush',
    hconcat: [
      cdfPanel({ label: 'Value', unit, sample, cdf }, size),
      qqPanel({ unit, points: residuals }, PANEL_PX),
      residualPanel({ unit, residuals }, size),
    ],
  }
}

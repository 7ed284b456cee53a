import { modelRows } from '../../sim/fit/modelRows.ts'
import type { Block, Section } from '../document.ts'
import { bullets, listed, paragraph, ref } from '../document.ts'
import type { ReportMaterial } from '../material.ts'
import { figureOf, lower } from '../picture.ts'

/** Of that of a picture that stands alone. */
const PANEL_HEIGHT = 0.72

/** Its column in the model's table. */
const DISTRIBUTION = 4

/** The model with its intervals and its diagnostics; null without a model. */
export function fitSection({ fit }: ReportMaterial): Section | null {
  if (fit === null) return null
  const { head, rows, more } = modelRows(fit.model)
  const table: Block = {
    kind: 'table',
    id: 'table-model',
    caption: [
      'The fitted model, times in ms. KS and A2 are the distances of Kolmogorov and Smirnov and of Anderson and Darling between the fitted distribution and values that the fit did not see; above its critical value a distribution would be refused at 5 %.',
    ],
    head: ['', ...head.slice(1)],
    rows,
    words: [0, DISTRIBUTION],
    flexible: DISTRIBUTION,
    dense: true,
  }
  const hasPicture = fit.pictures.length > 0
  return {
    id: 'fit',
    title: 'The fitted model',
    blocks: [
      paragraph(
        `Each quantity of the model "${fit.model.name}" is a distribution fitted to the calibration runs, with the family that is nearest to held-out data. `,
        ref('table-model'),
        ' has them with their intervals',
        ...(hasPicture
          ? [
              '; ',
              ...listed(fit.pictures.map((_, i) => ref(figureId(i)))),
              ' set them beside the values that were held out',
            ]
          : []),
        '.',
      ),
      table,
      ...(more.length > 0
        ? [paragraph('Beside these distributions:'), bullets(...more.map((line) => [line]))]
        : []),
      ...fit.pictures.map((picture, i) => figureOf(figureId(i), lower(picture, PANEL_HEIGHT))),
      ...missing(fit.identified),
    ],
  }
}

const figureId = (i: number) => `figure-fit-${i + 1}`

function missing(identified: NonNullable<ReportMaterial['fit']>['identified']): Block[] {
  const unknown = (identified ?? []).filter((one) => one.missing !== null)
  if (unknown.length === 0) return []
  return [
    paragraph('What the records tell too little of, and what would help:'),
    bullets(
      ...unknown.map(({ quantity, from, missing: help }) => [
        `${quantity} (${from === null ? 'not fitted' : `from ${from}`}): ${help}`,
      ]),
    ),
  ]
}

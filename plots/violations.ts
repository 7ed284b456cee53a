import type { Cell, Comparison } from '../analysis/compare.ts'
import type { Sla } from '../analysis/sla.ts'
import { assert } from '../base/assert.ts'
import { type KeyEntry, keyPanel } from './key.ts'
import { percentText } from './percent.ts'
import { COLOURS, type Headline, headline, type Layer, type Panel, type Picture, SIZE } from './theme.ts'
import { DOT_PX, dotsOf, keyOf, labelWidthPx, type Row, rowsOf } from './violationRows.ts'

/** A whole Comparison, or its cells with what is known beside them. */
export interface ViolationsPicture extends Partial<Headline> {
  cells: readonly Cell[]
  sla?: Sla | Comparison['sla']
}

const SHARES = [
  { metric: 'violationShare', heading: 'Requests that violate the SLA', unit: '% of requests' },
  { metric: 'windowViolationShare', heading: 'Windows that violate the SLA', unit: '% of windows' },
] as const
type Share = (typeof SHARES)[number]

const ROW_PX = 22
const PLOT_PX = 230
/** Right ends of the two columns of numbers, px right of the plot. */
const COLUMNS = { predicted: 66, measured: 132 }
const BETWEEN_PX = 30
/** The axis goes at least to 5 %, so that a few violations in a thousand do not look like many. */
const LEAST_MAX = 0.05

/**
 * Predicted against measured violation shares, a row for each trace and policy: the 90 % prediction interval as a
 * bar with its mean, each live run as a dot (hollow where it falls outside), and both means as numbers.
 */
export function violationsSpec({ cells, sla, title, subtitle }: ViolationsPicture): Picture {
  const shares = SHARES.filter(({ metric }) => cells.some((cell) => cell.metric === metric))
  assert(shares.length > 0, 'a picture of violations needs a violation share')
  const rows = rowsOf(cells.filter((cell) => shares.some(({ metric }) => metric === cell.metric)))
  const labelsPx = labelWidthPx(rows)
  const widthPx = labelsPx + shares.length * (PLOT_PX + COLUMNS.measured + BETWEEN_PX) - BETWEEN_PX
  return {
    title: headline(
      { title: title ?? 'SLA violations, predicted and measured', subtitle: subtitle ?? slaText(sla) },
      widthPx,
    ),
    spacing: 26,
    vconcat: [
      keyPanel(keyEntries(cells), { fromPx: 0, widthPx }),
      {
        spacing: 0,
        bounds: 'flush',
        hconcat: [
          labelPanel(rows, labelsPx),
          ...shares.flatMap((share, i) => [
            ...(i > 0 ? [blank(BETWEEN_PX)] : []),
            sharePanel(share, rows, cells),
            numberPanel(share, rows, cells),
          ]),
        ],
      },
    ],
  }
}

function slaText(sla: ViolationsPicture['sla']): string | undefined {
  return sla === undefined ? undefined : `SLA: ${typeof sla === 'string' ? sla : sla.text}`
}

function keyEntries(cells: readonly Cell[]): KeyEntry[] {
  const dots = cells.filter(isShare).flatMap((cell) => dotsOf(cell))
  return [
    { sign: 'interval', text: 'Predicted: mean and 90% interval for one run' },
    { sign: 'dot', text: 'Measured: one live run' },
    ...(dots.some(({ inside }) => !inside)
      ? [{ sign: 'outsideDot' as const, text: 'Live run outside the interval' }]
      : []),
  ]
}

function isShare({ metric }: Cell): boolean {
  return SHARES.some((share) => share.metric === metric)
}

/** The rows' scale, shared by all panels; only policies have a line to guide the eye. */
function rowEncoding(rows: readonly Row[]) {
  return {
    field: 'row',
    type: 'nominal' as const,
    title: null,
    // A band in every panel: left to itself a text gets a point scale, which puts the rows elsewhere.
    scale: { type: 'band' as const, domain: rows.map(({ key }) => key), padding: 0 },
    axis: {
      domain: false,
      grid: true,
      labels: false,
      minExtent: 0,
      ticks: false,
      values: rows.filter(({ policy }) => policy !== null).map(({ key }) => key),
    },
  }
}

function labelPanel(rows: readonly Row[], widthPx: number): Panel {
  const text = (heading: boolean): Layer => ({
    data: {
      values: rows
        .filter(({ policy }) => (policy === null) === heading)
        .map(({ key, trace, policy }) => ({ row: key, text: policy ?? trace })),
    },
    mark: { type: 'text', align: 'left', fontSize: SIZE.heading, fontWeight: heading ? 600 : 400 },
    encoding: {
      x: { value: 0 },
      y: { ...rowEncoding(rows), axis: null },
      text: { field: 'text', type: 'nominal' },
    },
  })
  return { width: widthPx, height: rows.length * ROW_PX, layer: [text(true), text(false)] }
}

function sharePanel({ metric, heading, unit }: Share, rows: readonly Row[], cells: readonly Cell[]): Panel {
  const own = cells.filter((cell) => cell.metric === metric)
  const max = Math.max(...own.flatMap(({ predicted, measured }) => [predicted.hi, ...measured.values]))
  const y = rowEncoding(rows)
  const scaleMax = Math.min(1, Math.max(LEAST_MAX, max * 1.03))
  const near = (scaleMax * DOT_PX) / PLOT_PX
  const x = {
    type: 'quantitative' as const,
    title: unit,
    scale: { domain: [0, scaleMax], nice: 5 },
    axis: { format: '~%', grid: true, tickCount: 5 },
  }
  const intervals = own.map((cell) => ({ row: keyOf(cell), ...cell.predicted }))
  return {
    title: { text: heading, fontSize: SIZE.heading, offset: 8, frame: 'group' },
    width: PLOT_PX,
    height: rows.length * ROW_PX,
    layer: [
      {
        data: { values: intervals },
        mark: { type: 'bar', color: COLOURS.predictedBand, height: 11 },
        encoding: { x: { ...x, field: 'lo' }, x2: { field: 'hi' }, y },
      },
      {
        data: { values: intervals },
        mark: { type: 'tick', color: COLOURS.predicted, thickness: 2.5, size: 17, opacity: 1 },
        encoding: { x: { ...x, field: 'mean' }, y },
      },
      {
        data: {
          values: own.flatMap((cell) => dotsOf(cell, near).map((dot) => ({ row: keyOf(cell), ...dot }))),
        },
        mark: {
          type: 'point',
          shape: 'circle',
          size: DOT_PX ** 2,
          strokeWidth: 1.1,
          opacity: 1,
        },
        encoding: {
          x: { ...x, field: 'value' },
          y,
          yOffset: {
            field: 'offsetPx',
            type: 'quantitative',
            scale: { domain: [-ROW_PX / 2, ROW_PX / 2], nice: false },
          },
          // The light edge of a full dot parts it from its neighbour.
          fill: { condition: { test: 'datum.inside', value: COLOURS.measured }, value: COLOURS.background },
          stroke: { condition: { test: 'datum.inside', value: COLOURS.background }, value: COLOURS.measured },
        },
      },
    ],
  }
}

/** The two means of each row as numbers under their headings. */
function numberPanel({ metric }: Share, rows: readonly Row[], cells: readonly Cell[]): Panel {
  const own = cells.filter((cell) => cell.metric === metric)
  const column = (side: 'predicted' | 'measured'): Layer[] => [
    {
      data: { values: own.map((cell) => ({ row: keyOf(cell), text: percentText(cell[side].mean) })) },
      mark: { type: 'text', align: 'right', color: COLOURS[side] },
      encoding: {
        x: { value: COLUMNS[side] },
        y: { ...rowEncoding(rows), axis: null },
        text: { field: 'text', type: 'nominal' },
      },
    },
    {
      data: { values: [{}] },
      mark: { type: 'text', align: 'right', baseline: 'bottom', color: COLOURS[side], text: side },
      encoding: { x: { value: COLUMNS[side] }, y: { value: -9 } },
    },
  ]
  return {
    width: COLUMNS.measured,
    height: rows.length * ROW_PX,
    layer: [...column('predicted'), ...column('measured')],
  }
}

function blank(widthPx: number): Panel {
  return { width: widthPx, height: ROW_PX, data: { values: [{}] }, mark: { type: 'text', text: '' } }
}

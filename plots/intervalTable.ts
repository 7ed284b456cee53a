import { telling } from './hover.ts'
import { DOT_PX, dotsOf, type IntervalCell, keyOf, labelWidthPx, type Row } from './intervalRows.ts'
import type { KeyEntry } from './key.ts'
import { percentText } from './percent.ts'
import { COLOURS, type Layer, type Panel, SIZE } from './theme.ts'

/** A share of 0 to 1 (or a little above) that is shown in a column of its own. */
export interface IntervalColumn {
  metric: string
  heading: string
  /** Under the axis: `% of requests`. */
  unit: string
}

const ROW_PX = 22
const PLOT_PX = 230
/** Right ends of the two columns of numbers, px right of the plot. */
const COLUMNS = { predicted: 66, measured: 132 }
const BETWEEN_PX = 30
/** The axis goes at least to 5 %, so that a few violations in a thousand do not look like many. */
const LEAST_MAX = 0.05

/** Width of a table of so many columns, px. */
export function tableWidthPx(rows: readonly Row[], columns: number): number {
  return labelWidthPx(rows) + columns * (PLOT_PX + COLUMNS.measured + BETWEEN_PX) - BETWEEN_PX
}

/**
 * A row for each trace and policy, a column for each share: the 90 % prediction interval as a bar with its mean, each live
 * run as a dot (hollow where it falls outside), and both means as numbers.
 */
export function intervalTable(
  cells: readonly IntervalCell[],
  rows: readonly Row[],
  columns: readonly IntervalColumn[],
): Panel {
  return {
    spacing: 0,
    bounds: 'flush',
    hconcat: [
      labelPanel(rows, labelWidthPx(rows)),
      ...columns.flatMap((column, i) => [
        ...(i > 0 ? [blank(BETWEEN_PX)] : []),
        sharePanel(column, rows, cells),
        numberPanel(column, rows, cells),
      ]),
    ],
  }
}

/** What the table's signs mean; a sign that is not in it has no entry. */
export function intervalKey(cells: readonly IntervalCell[]): KeyEntry[] {
  const dots = cells.flatMap((cell) => dotsOf(cell))
  return [
    ...(cells.some(({ predicted }) => predicted)
      ? [{ sign: 'interval' as const, text: 'Predicted: mean and 90% interval for one run' }]
      : []),
    ...(dots.length > 0 ? [{ sign: 'dot' as const, text: 'Measured: one live run' }] : []),
    ...(dots.some(({ inside }) => !inside)
      ? [{ sign: 'outsideDot' as const, text: 'Live run outside the interval' }]
      : []),
  ]
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

function sharePanel(
  { metric, heading, unit }: IntervalColumn,
  rows: readonly Row[],
  cells: readonly IntervalCell[],
): Panel {
  const own = cells.filter((cell) => cell.metric === metric)
  const max = Math.max(
    ...own.flatMap(({ predicted, measured }) => [predicted?.hi ?? 0, ...(measured?.values ?? [])]),
  )
  const y = rowEncoding(rows)
  // A share ends at 100 %; a surplus of replicas does not.
  const scaleMax = Math.min(Math.max(1, max), Math.max(LEAST_MAX, max * 1.03))
  const near = (scaleMax * DOT_PX) / PLOT_PX
  const x = {
    type: 'quantitative' as const,
    title: unit,
    scale: { domain: [0, scaleMax], nice: 5 },
    axis: { format: '~%', grid: true, tickCount: 5 },
  }
  const predicted = telling(
    own.flatMap((cell) => (cell.predicted ? [{ row: keyOf(cell), ...cell.predicted }] : [])),
    ({ row, mean, lo, hi }) => ({
      Of: row,
      [heading]: `predicted ${percentText(mean)}`,
      '90% interval': `${percentText(lo)} to ${percentText(hi)}`,
    }),
  )
  const measured = telling(
    own.flatMap((cell) => dotsOf(cell, near).map((dot) => ({ row: keyOf(cell), ...dot }))),
    ({ row, value, inside }) => ({
      Of: row,
      [heading]: `measured ${percentText(value)}`,
      '90% interval': inside ? 'inside' : 'outside',
    }),
  )
  return {
    title: { text: heading, fontSize: SIZE.heading, offset: 8, frame: 'group' },
    width: PLOT_PX,
    height: rows.length * ROW_PX,
    layer: [
      {
        data: predicted.data,
        mark: { type: 'bar', color: COLOURS.predictedBand, height: 11 },
        encoding: { x: { ...x, field: 'lo' }, x2: { field: 'hi' }, y, tooltip: predicted.tooltip },
      },
      {
        data: predicted.data,
        mark: { type: 'tick', color: COLOURS.predicted, thickness: 2.5, size: 17, opacity: 1 },
        encoding: { x: { ...x, field: 'mean' }, y, tooltip: predicted.tooltip },
      },
      {
        data: measured.data,
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
          tooltip: measured.tooltip,
        },
      },
    ],
  }
}

/** The two means of each row as numbers under their headings. */
function numberPanel(
  { metric }: IntervalColumn,
  rows: readonly Row[],
  cells: readonly IntervalCell[],
): Panel {
  const own = cells.filter((cell) => cell.metric === metric)
  const column = (side: 'predicted' | 'measured'): Layer[] => [
    {
      data: {
        values: own.flatMap((cell) =>
          cell[side] ? [{ row: keyOf(cell), text: percentText(cell[side].mean) }] : [],
        ),
      },
      mark: { type: 'text', align: 'right', color: COLOURS[side] },
      encoding: {
        x: { value: COLUMNS[side] },
        y: { ...rowEncoding(rows), axis: null },
        text: { field: 'text', type: 'nominal' },
      },
    },
    {
      data: { values: own.some((cell) => cell[side]) ? [{}] : [] },
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

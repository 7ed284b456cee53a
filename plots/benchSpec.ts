import { assert } from '../base/assert.ts'
import { textWidthPx } from './textWidth.ts'
import { COLOURS, type Headline, headline, type Layer, type Picture, SIZE, WIDTH_PX } from './theme.ts'

/** One contender in one group. */
export interface BenchBar {
  group: string
  contender: string
  /** Simulated requests a second of CPU time. */
  requestsPerS: number
}

export interface BenchPicture extends Partial<Headline> {
  bars: readonly BenchBar[]
}

const ROW_PX = 20
const BAR_PX = 13
/** Room right of the longest bar for its value. */
const VALUE_PX = 50
const OWN = 'ScaleTwin'

/** Speed of simulators on the same models: a heading for each model, below it a bar a contender. */
export function benchSpec({ bars, title, subtitle }: BenchPicture): Picture {
  assert(bars.length > 0, 'a benchmark picture needs at least one bar')
  const rows = rowsOf(bars)
  const labelPx = Math.ceil(Math.max(...bars.map(({ contender }) => widthOf(contender)))) + 12
  const width = WIDTH_PX - labelPx - VALUE_PX
  const rates = bars.map(({ requestsPerS }) => requestsPerS)
  const domain = [
    10 ** Math.floor(Math.log10(Math.min(...rates))),
    10 ** Math.ceil(Math.log10(Math.max(...rates))),
  ]
  const y = { field: 'key', type: 'nominal' as const, sort: rows.map(({ key }) => key), axis: null }
  const x = {
    field: 'requestsPerS',
    type: 'quantitative' as const,
    title: 'Simulated requests per second of CPU (log scale)',
    scale: { type: 'log' as const, domain, nice: false },
    axis: { grid: true, format: '~s', values: powersOfTen(domain) },
  }
  const ofBars = { transform: [{ filter: 'isValid(datum.requestsPerS)' }] }
  const ofHeadings = { transform: [{ filter: '!isValid(datum.requestsPerS)' }] }
  const value = { expr: `format(datum.requestsPerS, '.3~s')` }
  const layer: Layer[] = [
    {
      ...ofBars,
      mark: { type: 'bar', height: BAR_PX },
      encoding: {
        x,
        x2: { datum: domain[0]! },
        y,
        color: {
          condition: { test: `datum.contender === '${OWN}'`, value: COLOURS.predicted },
          value: COLOURS.axis,
        },
      },
    },
    {
      ...ofBars,
      mark: { type: 'text', align: 'left', baseline: 'middle', dx: 5, text: value },
      encoding: { x, y },
    },
    {
      ...ofBars,
      mark: { type: 'text', align: 'right', baseline: 'middle' },
      encoding: { x: { value: -8 }, y, text: { field: 'contender' } },
    },
    // No grid line through a heading.
    {
      ...ofHeadings,
      mark: { type: 'rect', color: COLOURS.background },
      encoding: { x: { value: -1 }, x2: { value: width + 1 }, y },
    },
    {
      ...ofHeadings,
      mark: {
        type: 'text',
        align: 'left',
        baseline: 'middle',
        fontWeight: 600,
        fontSize: SIZE.heading,
        dy: 2,
      },
      encoding: { x: { value: -labelPx }, y, text: { field: 'group' } },
    },
  ]
  return {
    title: headline({ title: title ?? 'How fast the simulator is', subtitle }, WIDTH_PX),
    data: { values: rows },
    width,
    height: rows.length * ROW_PX,
    layer,
  }
}

interface Row extends Partial<BenchBar> {
  key: string
  group: string
}

/** A heading row for each group, then its bars in the order given. */
function rowsOf(bars: readonly BenchBar[]): Row[] {
  const groups = [...new Set(bars.map(({ group }) => group))]
  return groups.flatMap((group): Row[] => [
    { key: group, group },
    ...bars.filter((bar) => bar.group === group).map((bar) => ({ ...bar, key: `${group}/${bar.contender}` })),
  ])
}

const widthOf = (text: string) => textWidthPx(text, { fontSizePx: SIZE.label })

function powersOfTen([lo, hi]: readonly number[]): number[] {
  const first = Math.round(Math.log10(lo!))
  const last = Math.round(Math.log10(hi!))
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i))
}

import { median } from 'simple-statistics'
import { assert } from '../base/assert.ts'
import { telling } from './hover.ts'
import { keyPanel } from './key.ts'
import { numberText } from './texts.ts'
import { COLOURS, type Headline, headline, MARGIN_PX, type Picture } from './theme.ts'

/** One replica's start: from being asked for to ready. */
export interface StartupTime {
  /** Replicas that were asked for at the same moment, this one included. */
  concurrent: number
  durationMs: number
}

export interface StartupPicture extends Partial<Headline> {
  starts: readonly StartupTime[]
}

const STEP_PX = 76
/** Dots of one group are spread over this share of its width. */
const SPREAD = 0.56

/** How long replicas take to be ready, by the number that start at once: a dot a start, a bar at the median. */
export function startupSpec({ starts, title, subtitle }: StartupPicture): Picture {
  assert(starts.length > 0, 'a picture of start-ups needs at least one')
  const groups = [...new Set(starts.map((start) => start.concurrent))].sort((a, b) => a - b)
  const widthPx = Math.max(320, groups.length * STEP_PX)
  const maxS = Math.max(...starts.map((start) => start.durationMs)) / 1000
  const dots = telling(
    groups.flatMap((concurrent) => spread(starts, concurrent)),
    ({ concurrent, seconds }) => ({
      'Started at once': String(concurrent),
      Ready: `after ${numberText(seconds)} s`,
    }),
  )
  const x = {
    field: 'concurrent',
    type: 'ordinal' as const,
    title: 'Replicas started at once',
    scale: { domain: groups },
    axis: { labelAngle: 0, ticks: false },
  }
  const y = {
    type: 'quantitative' as const,
    title: 'Time until ready (s)',
    scale: { domain: [0, maxS], nice: 6 },
    axis: { tickCount: 6 },
  }
  return {
    description: `${title ?? 'How long a replica takes to start'}: ${starts.length} starts by the number that start at once`,
    title: headline({ title: title ?? 'How long a replica takes to start', subtitle }, widthPx),
    vconcat: [
      keyPanel(
        [
          { sign: 'paleDot', text: 'One start' },
          { sign: 'measuredLine', text: 'Median' },
        ],
        { fromPx: -MARGIN_PX, widthPx: widthPx + MARGIN_PX },
      ),
      {
        width: widthPx,
        height: 240,
        layer: [
          {
            data: dots.data,
            mark: { type: 'point', filled: true, color: COLOURS.muted, opacity: 0.6, size: 30 },
            encoding: {
              x,
              // A fixed range, else Vega-Lite would stretch any two offsets over the whole group.
              xOffset: { field: 'offset', type: 'quantitative', scale: { domain: [-0.5, 0.5] } },
              y: { ...y, field: 'seconds' },
              tooltip: dots.tooltip,
            },
          },
          {
            data: { values: groups.map((concurrent) => medianOf(starts, concurrent)) },
            mark: {
              type: 'tick',
              color: COLOURS.measured,
              thickness: 2,
              size: 44,
              opacity: 1,
              orient: 'horizontal',
            },
            encoding: { x, y: { ...y, field: 'seconds' } },
          },
          {
            data: { values: groups.map((concurrent) => medianOf(starts, concurrent)) },
            mark: { type: 'text', align: 'left', dx: 25 },
            encoding: { x, y: { ...y, field: 'seconds' }, text: { field: 'text', type: 'nominal' } },
          },
        ],
      },
    ],
  }
}

/** Side by side in the order measured: chance has no place in a picture that is compared byte by byte. */
function spread(starts: readonly StartupTime[], concurrent: number) {
  const group = starts.filter((start) => start.concurrent === concurrent)
  return group.map(({ durationMs }, i) => ({
    concurrent,
    seconds: durationMs / 1000,
    offset: SPREAD * ((i + 0.5) / group.length - 0.5),
  }))
}

function medianOf(starts: readonly StartupTime[], concurrent: number) {
  const group = starts.filter((start) => start.concurrent === concurrent)
  const seconds = median(group.map((start) => start.durationMs)) / 1000
  return { concurrent, seconds, text: `${seconds < 10 ? seconds.toPrecision(2) : seconds.toFixed(0)} s` }
}

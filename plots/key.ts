import { textWidthPx } from './textWidth.ts'
import { COLOURS, type Layer, type Panel, SEQUENCE, SIZE } from './theme.ts'

/** What a sign of the key looks like. */
export type Sign =
  | 'band'
  | 'interval'
  | 'line'
  | 'thinLine'
  | 'measuredLine'
  | 'mutedLine'
  | 'fine'
  | 'limit'
  | 'dot'
  | 'outsideDot'
  | 'paleDot'
  | 'starting'
  | 'ready'
  | 'draining'
  | 'target'
  | 'upDot'
  | 'downDot'
  | 'predictedDot'
  | 'efficient'
  | 'measuredEfficient'
  | 'greyBand'
  | 'shadedDot'
  | 'cross'
  | 'diamond'
  | 'ring'

export interface KeyEntry {
  sign: Sign
  text: string
}

const SIGN_WIDTH = 24
const DOT_WIDTH = 8
const GAP = 6
const BETWEEN = 22
const LINE_HEIGHT = 18

/**
 * The key of a picture, drawn between title and panels. Vega's own legend cannot show a band with its mean
 * line as one sign, and it stands at the bottom, where the reader comes last.
 */
export function keyPanel(
  entries: readonly KeyEntry[],
  { fromPx, widthPx }: { fromPx: number; widthPx: number },
): Panel {
  const places = placesOf(entries, widthPx).map(({ x, line }) => ({ x: fromPx + x, line }))
  const lines = 1 + Math.max(...places.map((place) => place.line))
  return {
    width: fromPx + widthPx,
    height: lines * LINE_HEIGHT,
    data: { values: [{}] },
    layer: entries.flatMap((entry, i) => entryLayers(entry, places[i]!)),
  }
}

interface Place {
  x: number
  line: number
}

/** Left to right, to a new line where the width is used up. */
function placesOf(entries: readonly KeyEntry[], widthPx: number): Place[] {
  let next: Place = { x: 0, line: 0 }
  return entries.map(({ sign, text }) => {
    const width = signWidth(sign) + GAP + textWidthPx(text, { fontSizePx: SIZE.label })
    if (next.x > 0 && next.x + width > widthPx) next = { x: 0, line: next.line + 1 }
    const place = next
    next = { x: place.x + width + BETWEEN, line: place.line }
    return place
  })
}

/** An SVG path; the renderer's own cross is a plus with an edge. */
export const CROSS = 'M-1,-1L1,1M1,-1L-1,1'

const SMALL: readonly Sign[] = ['cross', 'diamond', 'ring']

function signWidth(sign: Sign): number {
  return sign.toLowerCase().endsWith('dot') || SMALL.includes(sign) ? DOT_WIDTH : SIGN_WIDTH
}

function entryLayers({ sign, text }: KeyEntry, { x, line }: Place): Layer[] {
  const y = line * LINE_HEIGHT + LINE_HEIGHT / 2
  const label: Layer = {
    mark: { type: 'text', align: 'left', baseline: 'middle', text },
    encoding: { x: { value: x + signWidth(sign) + GAP }, y: { value: y } },
  }
  return [...SIGNS[sign](x, y), label]
}

const SIGNS: Record<Sign, (x: number, y: number) => Layer[]> = {
  band: (x, y) => [bar(x, y, 12), stroke(x, y, { color: COLOURS.predicted, strokeWidth: 2 })],
  interval: (x, y) => [bar(x, y, 9), meanTick(x + SIGN_WIDTH / 2, y)],
  line: (x, y) => [stroke(x, y, { color: COLOURS.predicted, strokeWidth: 2 })],
  thinLine: (x, y) => [stroke(x, y, { color: COLOURS.measured, strokeWidth: 1.1 })],
  measuredLine: (x, y) => [stroke(x, y, { color: COLOURS.measured, strokeWidth: 2 })],
  mutedLine: (x, y) => [stroke(x, y, { color: COLOURS.axis, strokeWidth: 2 })],
  fine: (x, y) => [stroke(x, y, { color: COLOURS.muted, strokeWidth: 1, strokeDash: [1.5, 2.5] })],
  dot: (x, y) => [dot(x, y, { fill: COLOURS.measured })],
  outsideDot: (x, y) => [dot(x, y, { fill: COLOURS.background })],
  paleDot: (x, y) => [dot(x, y, { fill: COLOURS.muted, stroke: COLOURS.muted, opacity: 0.6 })],
  limit: (x, y) => [stroke(x, y, { color: COLOURS.limit, strokeWidth: 1.2, strokeDash: [4, 3] })],
  starting: (x, y) => [bar(x, y, 11, COLOURS.starting)],
  ready: (x, y) => [bar(x, y, 11, COLOURS.ready)],
  draining: (x, y) => [bar(x, y, 11, COLOURS.draining)],
  target: (x, y) => [stroke(x, y, { color: COLOURS.measured, strokeWidth: 1.2, strokeDash: [4, 2] })],
  upDot: (x, y) => [dot(x, y, { fill: COLOURS.measured, shape: 'triangle-up' })],
  downDot: (x, y) => [dot(x, y, { fill: COLOURS.background, shape: 'triangle-down' })],
  predictedDot: (x, y) => [dot(x, y, { fill: COLOURS.predicted, stroke: COLOURS.predicted })],
  efficient: (x, y) => [stroke(x, y, { color: COLOURS.predicted, strokeWidth: 1.4 })],
  measuredEfficient: (x, y) => [
    stroke(x, y, { color: COLOURS.measured, strokeWidth: 1.2, strokeDash: [1.5, 2.5] }),
  ],
  shadedDot: (x, y) => [dot(x, y, { fill: SEQUENCE[1], stroke: COLOURS.axis })],
  cross: (x, y) => [dot(x, y, { fill: 'transparent', stroke: COLOURS.muted, shape: CROSS })],
  diamond: (x, y) => [dot(x, y, { fill: COLOURS.background, shape: 'diamond', size: 70 })],
  ring: (x, y) => [dot(x, y, { fill: 'transparent', stroke: COLOURS.limit, strokeWidth: 2.2, size: 60 })],
  greyBand: (x, y) => [bar(x, y, 12, COLOURS.grid)],
}

function bar(x: number, y: number, height: number, color: string = COLOURS.predictedBand): Layer {
  return {
    mark: { type: 'rect', color },
    encoding: {
      x: { value: x },
      x2: { value: x + SIGN_WIDTH },
      y: { value: y - height / 2 },
      y2: { value: y + height / 2 },
    },
  }
}

function stroke(
  x: number,
  y: number,
  style: { color: string; strokeWidth: number; strokeDash?: number[] },
): Layer {
  return {
    mark: { type: 'rule', ...style },
    encoding: { x: { value: x }, x2: { value: x + SIGN_WIDTH }, y: { value: y } },
  }
}

function meanTick(x: number, y: number): Layer {
  return {
    mark: { type: 'rule', color: COLOURS.predicted, strokeWidth: 2.5 },
    encoding: { x: { value: x }, y: { value: y - 6.5 }, y2: { value: y + 6.5 } },
  }
}

interface DotStyle {
  fill: string
  stroke?: string
  strokeWidth?: number
  opacity?: number
  shape?: string
  size?: number
}

function dot(x: number, y: number, style: DotStyle): Layer {
  return {
    mark: {
      type: 'point',
      shape: 'circle',
      size: 32,
      stroke: COLOURS.measured,
      strokeWidth: 1.1,
      opacity: 1,
      ...style,
    },
    encoding: { x: { value: x + DOT_WIDTH / 2 }, y: { value: y } },
  }
}

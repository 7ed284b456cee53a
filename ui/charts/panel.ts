/// <reference lib="dom" />
import { type Axis, clockText, timeTicksMs } from './axes.ts'
import { element, setText, svgElement } from './elements.ts'

export interface Point {
  atMs: number
  /** Null: unknown, a gap. */
  value: number | null
}

/** What a panel draws. `name` is its class, which gives its colour, and by which the element is found again. */
export type Mark =
  | { kind: 'line'; name: string; points: readonly Point[]; step?: boolean }
  | { kind: 'area'; name: string; lo: readonly Point[]; hi: readonly Point[]; step?: boolean }
  | { kind: 'rule'; name: string; value: number }
  | { kind: 'shade'; name: string; spans: readonly { fromMs: number; toMs: number }[] }

/** A text at the end of what it names, at its height. */
export interface EndLabel {
  name: string
  text: string
  value: number
  /** Where that ends; the right edge where absent. */
  atMs?: number
}

export interface Drawing {
  heading: string
  axis: Axis
  /** In the order in which they are drawn. */
  marks: readonly Mark[]
  labels: readonly EndLabel[]
  /** The whole span of time, and up to where the run is. */
  durationMs: number
  nowMs: number
  /** What a person who does not see it is told. */
  summary: string
}

const MARGIN = { top: 8, bottom: 4, left: 44 }
const TIME_LABELS_PX = 18
/** Least distance of the baselines of two labels. */
const LABEL_PX = 14
/** About as wide as the longest. */
const LABEL_WIDTH_PX = 84
const NARROW_PX = 560

/** One chart of the stack: made once, and its elements' attributes changed at each drawing. */
export class Panel {
  readonly #heading: HTMLElement
  readonly #summary: HTMLElement
  readonly #svg: SVGSVGElement
  readonly #options: { heightPx: number; timeLabels: boolean }
  readonly #parts = new Map<string, SVGElement>()
  #drawing: Drawing | null = null
  #widthPx = 0

  constructor(parent: HTMLElement, options: { heightPx: number; timeLabels: boolean }) {
    this.#options = options
    this.#heading = element('figcaption')
    this.#svg = svgElement('svg', { 'aria-hidden': 'true', height: String(this.#heightPx) })
    this.#summary = element('p', { class: 'visually-hidden' })
    const figure = element('figure', {}, this.#heading, this.#svg, this.#summary)
    parent.append(figure)
    new ResizeObserver(() => {
      this.#widthPx = figure.clientWidth
      this.#redraw()
    }).observe(figure)
  }

  draw(drawing: Drawing): void {
    this.#drawing = drawing
    this.#redraw()
  }

  get #heightPx(): number {
    const { heightPx, timeLabels } = this.#options
    return heightPx + MARGIN.top + MARGIN.bottom + (timeLabels ? TIME_LABELS_PX : 0)
  }

  #redraw(): void {
    const drawing = this.#drawing
    if (!drawing || this.#widthPx === 0) return
    const used = new Set<string>()
    const frame = this.#frame(drawing)
    this.#svg.setAttribute('width', String(this.#widthPx))
    setText(this.#heading, drawing.heading + drawing.axis.remark)
    setText(this.#summary, drawing.summary)
    for (const [key, part] of partsOf(drawing, frame)) {
      used.add(key)
      this.#put(key, part)
    }
    for (const [key, part] of this.#parts) {
      if (used.has(key)) continue
      part.remove()
      this.#parts.delete(key)
    }
  }

  /** Elements stand in the order in which they are put: that of the drawing, save where one is new. */
  #put(key: string, { tag, attributes, text }: Part): void {
    const known = this.#parts.get(key)
    const part = known ?? svgElement(tag)
    for (const [name, value] of Object.entries(attributes))
      if (part.getAttribute(name) !== String(value)) part.setAttribute(name, String(value))
    if (text !== undefined && part.textContent !== text) part.textContent = text
    if (known) return
    this.#parts.set(key, part)
    // Each kind of part has a group of its own, so that what is new does not cover what is in front.
    this.#layer(key.slice(0, key.indexOf(':'))).append(part)
  }

  #layer(name: string): Element {
    for (const layer of LAYERS)
      if (!this.#svg.querySelector(`:scope > .layer-${layer}`))
        this.#svg.append(svgElement('g', { class: `layer-${layer}` }))
    return this.#svg.querySelector(`:scope > .layer-${name}`)!
  }

  #frame({ durationMs, axis }: Drawing): Frame {
    const narrow = this.#widthPx < NARROW_PX
    const right = this.#widthPx - (narrow ? 84 : 112)
    const bottom = MARGIN.top + this.#options.heightPx
    return {
      left: MARGIN.left,
      right,
      top: MARGIN.top,
      bottom,
      timeTicks: timeTicksMs(durationMs, Math.max(2, Math.floor((right - MARGIN.left) / 64))),
      timeLabels: this.#options.timeLabels,
      x: (ms) => round(MARGIN.left + (Math.min(ms, durationMs) / durationMs) * (right - MARGIN.left)),
      y: (value) => round(bottom - axis.place(value) * (bottom - MARGIN.top)),
    }
  }
}

/** From back to front. */
const LAYERS = ['shade', 'grid', 'area', 'line', 'rule', 'now', 'label'] as const

interface Frame {
  left: number
  right: number
  top: number
  bottom: number
  timeTicks: number[]
  timeLabels: boolean
  x(ms: number): number
  y(value: number): number
}

interface Part {
  tag: 'path' | 'line' | 'text'
  attributes: Record<string, string | number>
  text?: string
}

/** Keys begin with the layer. */
function partsOf(drawing: Drawing, frame: Frame): [key: string, part: Part][] {
  return [
    ...gridParts(drawing.axis, frame),
    ...drawing.marks.map((mark): [string, Part] => [`${mark.kind}:${mark.name}`, partOfMark(mark, frame)]),
    ...nowParts(drawing, frame),
    ...labelParts(drawing.labels, frame),
  ]
}

function gridParts({ ticks }: Axis, frame: Frame): [string, Part][] {
  const { left, right, top, bottom } = frame
  const rows = ticks.flatMap((value, i): [string, Part][] => [
    [`grid:y${i}`, line('grid', { x1: left, x2: right, y1: frame.y(value), y2: frame.y(value) })],
    [`label:y${i}`, text('tick end', left - 6, frame.y(value) + 4, value.toLocaleString('en'))],
  ])
  const columns = frame.timeTicks.flatMap((ms, i): [string, Part][] => [
    [`grid:x${i}`, line('grid', { x1: frame.x(ms), x2: frame.x(ms), y1: top, y2: bottom })],
    ...(frame.timeLabels
      ? [[`label:x${i}`, text('tick middle', frame.x(ms), bottom + 16, clockText(ms))] as [string, Part]]
      : []),
  ])
  return [...rows, ...columns]
}

function nowParts({ nowMs, durationMs }: Drawing, { x, top, bottom }: Frame): [string, Part][] {
  if (nowMs <= 0 || nowMs >= durationMs) return []
  return [['now:line', line('now', { x1: x(nowMs), x2: x(nowMs), y1: top, y2: bottom })]]
}

/** Those that end at the same place are pushed apart where they would overlap, within the panel. */
function labelParts(labels: readonly EndLabel[], frame: Frame): [string, Part][] {
  // Near the right edge they are set beside those that stand there.
  const xOf = ({ atMs = Number.POSITIVE_INFINITY }: EndLabel) =>
    frame.right - frame.x(atMs) < LABEL_WIDTH_PX ? frame.right : frame.x(atMs)
  const columns = Map.groupBy(labels, xOf)
  return [...columns].flatMap(([x, column]) => columnParts(column, x, frame))
}

function columnParts(column: readonly EndLabel[], x: number, { y, top, bottom }: Frame): [string, Part][] {
  const placed = column
    .map((label) => ({ ...label, at: Math.max(top + 6, y(label.value) + 4) }))
    .sort((a, b) => a.at - b.at)
  for (let i = 1; i < placed.length; i++)
    placed[i]!.at = Math.max(placed[i]!.at, placed[i - 1]!.at + LABEL_PX)
  for (let i = placed.length - 1, most = bottom + 4; i >= 0; i--, most -= LABEL_PX)
    placed[i]!.at = Math.min(placed[i]!.at, most)
  return placed.map(({ name, text: words, at }): [string, Part] => [
    `label:${name}`,
    text(`end-label ${name}`, x + 6, at, words),
  ])
}

function partOfMark(mark: Mark, frame: Frame): Part {
  switch (mark.kind) {
    case 'line':
      return path(
        mark.name,
        runsOf(mark.points)
          .map((run) => lineOf(run, frame, mark.step))
          .join(''),
      )
    case 'area':
      return path(mark.name, areaOf(mark, frame))
    case 'rule':
      return line(mark.name, {
        x1: frame.left,
        x2: frame.right,
        y1: frame.y(mark.value),
        y2: frame.y(mark.value),
      })
    case 'shade':
      return path(
        mark.name,
        mark.spans
          .map(
            ({ fromMs, toMs }) =>
              `M${frame.x(fromMs)} ${frame.top}H${frame.x(toMs)}V${frame.bottom}H${frame.x(fromMs)}Z`,
          )
          .join(''),
      )
  }
}

type Known = { atMs: number; value: number }

/** The stretches without a gap. */
function runsOf(points: readonly Point[]): Known[][] {
  const runs: Known[][] = [[]]
  for (const { atMs, value } of points) {
    if (value !== null) runs.at(-1)!.push({ atMs, value })
    else if (runs.at(-1)!.length > 0) runs.push([])
  }
  return runs.filter((run) => run.length > 0)
}

function lineOf(run: readonly Known[], { x, y }: Frame, step = false): string {
  return run
    .map(({ atMs, value }, i) =>
      // A point without neighbours is a line of no length, which its round ends show.
      i === 0 ? `M${x(atMs)} ${y(value)}h0` : step ? `H${x(atMs)}V${y(value)}` : `L${x(atMs)} ${y(value)}`,
    )
    .join('')
}

function areaOf({ lo, hi, step }: Extract<Mark, { kind: 'area' }>, frame: Frame): string {
  const lower = runsOf(lo)
  return runsOf(hi)
    .map((run, i) => {
      const back = [...(lower[i] ?? [])].reverse()
      const way = step
        ? stepBack(back, frame)
        : back.map(({ atMs, value }) => `L${frame.x(atMs)} ${frame.y(value)}`).join('')
      return `${lineOf(run, frame, step)}${way}Z`
    })
    .join('')
}

/** From the last point to the first: each value holds from its own time on. */
function stepBack(back: readonly Known[], { x, y }: Frame): string {
  return back.map(({ atMs, value }) => `V${y(value)}H${x(atMs)}`).join('')
}

const path = (name: string, d: string): Part => ({ tag: 'path', attributes: { class: name, d } })
const line = (name: string, ends: Record<'x1' | 'x2' | 'y1' | 'y2', number>): Part => ({
  tag: 'line',
  attributes: { class: name, ...ends },
})
const text = (name: string, x: number, y: number, words: string): Part => ({
  tag: 'text',
  attributes: { class: name, x, y },
  text: words,
})
const round = (px: number) => Math.round(px * 10) / 10

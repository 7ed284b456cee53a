/// <reference lib="dom" />
import { peakRatePerS, rateAt } from '../../../traces/rate.ts'
import type { OpenTrace, RatePoint } from '../../../traces/trace.ts'
import { clockText, linearAxis, timeTicksMs } from '../../charts/axes.ts'
import { svgElement } from '../../charts/elements.ts'
import { besides, moved, withoutPoint, withPoint } from './curvePoints.ts'

const SIZE = { width: 348, height: 168 }
const PLOT = { left: 30, right: 330, top: 14, bottom: 142 }
/** The axis leaves room to draw upwards. */
const HEADROOM = 1.25
const LEAST_TOP_PER_S = 20
const ARROWS: Readonly<Record<string, [seconds: number, rate: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
}
const WITH_SHIFT = 10
/** Pieces in which a trace is drawn that is not given by its corners. */
const PIECES = 240

/**
 * The rate of a trace over time. A drawn one has its corners as handles: dragged with the pointer, moved with the arrow keys (ten
 * times as far with Shift), added by a click beside them or by `add`, removed with Delete or by `remove`.
 */
export class Curve {
  readonly #svg: SVGSVGElement
  readonly #line = svgElement('path', { class: 'curve-line' })
  readonly #area = svgElement('path', { class: 'curve-area' })
  readonly #grid = svgElement('g')
  readonly #handles = svgElement('g')
  readonly #onPoints: (points: RatePoint[], done: boolean) => void
  #points: readonly RatePoint[] | null = null
  #durationMs = 1
  #top = LEAST_TOP_PER_S
  #selected = 0
  #dragging = false

  constructor(parent: HTMLElement, onPoints: (points: RatePoint[], done: boolean) => void) {
    this.#onPoints = onPoints
    this.#svg = svgElement('svg', {
      viewBox: `0 0 ${SIZE.width} ${SIZE.height}`,
      class: 'curve',
      role: 'group',
    })
    this.#svg.append(this.#grid, this.#area, this.#line, this.#handles)
    parent.append(this.#svg)
    this.#svg.addEventListener('pointerdown', (event) => this.#press(event))
    this.#svg.addEventListener('pointermove', (event) => this.#drag(event))
    for (const kind of ['pointerup', 'pointercancel'] as const)
      this.#svg.addEventListener(kind, () => this.#letGo())
    this.#svg.addEventListener('keydown', (event) => this.#key(event))
  }

  /** @param editable whether its corners can be moved. */
  show(trace: OpenTrace, editable: boolean): void {
    const { load, durationMs } = trace
    this.#points = editable && load.kind === 'rate' ? load.points : null
    this.#durationMs = durationMs
    if (!this.#dragging)
      this.#top = linearAxis(Math.max(LEAST_TOP_PER_S, HEADROOM * peakRatePerS(trace))).ticks.at(-1)!
    this.#svg.classList.toggle('editable', editable)
    this.#svg.setAttribute(
      'aria-label',
      `Arrival rate over ${clockText(durationMs)}, at most ${peakRatePerS(trace).toFixed(0)} requests/s`,
    )
    this.#drawGrid()
    const corners = load.kind === 'rate' ? cornersOf(load.points, durationMs) : sampled(trace)
    const d = corners.map(({ atMs, ratePerS }) => `${this.#x(atMs)} ${this.#y(ratePerS)}`).join('L')
    this.#line.setAttribute('d', `M${d}`)
    this.#area.setAttribute('d', `M${d}V${PLOT.bottom}H${PLOT.left}Z`)
    this.#drawHandles()
  }

  add(): void {
    if (this.#points) this.#insert(besides(this.#points, this.#selected))
  }

  remove(): void {
    if (!this.#points) return
    const points = withoutPoint(this.#points, this.#selected)
    this.#selected = Math.max(0, this.#selected - 1)
    this.#onPoints(points, true)
    this.#focus()
  }

  #insert(point: RatePoint): void {
    const { points, index } = withPoint(this.#points!, point)
    this.#selected = index
    this.#onPoints(points, true)
    this.#focus()
  }

  #drawGrid(): void {
    const rows = linearAxis(this.#top).ticks.flatMap((rate) => [
      svgLine('grid', [PLOT.left, PLOT.right], [this.#y(rate), this.#y(rate)]),
      svgText('tick end', PLOT.left - 5, this.#y(rate) + 4, String(rate)),
    ])
    const columns = timeTicksMs(this.#durationMs, 5).map((ms) =>
      svgText('tick middle', this.#x(ms), PLOT.bottom + 17, clockText(ms)),
    )
    this.#grid.replaceChildren(...rows, ...columns)
  }

  /** Elements are kept while their number is the same: the focus and the pointer's capture are on them. */
  #drawHandles(): void {
    const points = this.#points ?? []
    while (this.#handles.childElementCount > points.length) this.#handles.lastElementChild!.remove()
    while (this.#handles.childElementCount < points.length) this.#handles.append(makeHandle())
    points.forEach(({ atMs, ratePerS }, i) => {
      const handle = this.#handles.children[i]!
      handle.setAttribute('transform', `translate(${this.#x(atMs)} ${this.#y(ratePerS)})`)
      handle.setAttribute('aria-label', `Point ${i + 1} of ${points.length}`)
      handle.setAttribute('aria-valuenow', String(ratePerS))
      handle.setAttribute('aria-valuetext', `${ratePerS} requests/s at ${clockText(atMs)}`)
    })
  }

  #indexOf(target: EventTarget | null): number {
    const handle = target instanceof Element ? target.closest('.handle') : null
    return handle ? [...this.#handles.children].indexOf(handle) : -1
  }

  #press(event: PointerEvent): void {
    if (!this.#points || event.button !== 0) return
    event.preventDefault()
    const index = this.#indexOf(event.target)
    if (index >= 0) {
      this.#selected = index
      this.#focus()
    } else this.#insert(this.#placeOf(event))
    this.#dragging = true
    this.#svg.setPointerCapture(event.pointerId)
  }

  #drag(event: PointerEvent): void {
    if (!this.#dragging || !this.#points) return
    this.#onPoints(moved(this.#points, this.#selected, this.#placeOf(event)), false)
  }

  #letGo(): void {
    if (!this.#dragging || !this.#points) return
    this.#dragging = false
    this.#onPoints([...this.#points], true)
  }

  #key(event: KeyboardEvent): void {
    const index = this.#indexOf(event.target)
    if (index < 0 || !this.#points) return
    this.#selected = index
    if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault()
      return this.remove()
    }
    const arrow = ARROWS[event.key]
    if (!arrow) return
    event.preventDefault()
    const factor = event.shiftKey ? WITH_SHIFT : 1
    const { atMs, ratePerS } = this.#points[index]!
    const to = { atMs: atMs + arrow[0] * factor * 1000, ratePerS: ratePerS + arrow[1] * factor }
    this.#onPoints(moved(this.#points, index, to), true)
  }

  #focus(): void {
    const handle = this.#handles.children[this.#selected]
    if (handle instanceof SVGElement) handle.focus()
  }

  #placeOf({ clientX, clientY }: PointerEvent): RatePoint {
    const { left, top, width, height } = this.#svg.getBoundingClientRect()
    const x = ((clientX - left) / width) * SIZE.width
    const y = ((clientY - top) / height) * SIZE.height
    const across = (x - PLOT.left) / (PLOT.right - PLOT.left)
    const up = (PLOT.bottom - y) / (PLOT.bottom - PLOT.top)
    const within = (share: number) => Math.min(1, Math.max(0, share))
    return { atMs: within(across) * this.#durationMs, ratePerS: within(up) * this.#top }
  }

  #x(ms: number): number {
    return Number((PLOT.left + (ms / this.#durationMs) * (PLOT.right - PLOT.left)).toFixed(1))
  }

  #y(rate: number): number {
    return Number((PLOT.bottom - (rate / this.#top) * (PLOT.bottom - PLOT.top)).toFixed(1))
  }
}

/** A load keeps the rate of its first and last point before and after them. */
function cornersOf(points: readonly RatePoint[], durationMs: number): RatePoint[] {
  const [first, last] = [points[0]!, points.at(-1)!]
  return [{ ...first, atMs: 0 }, ...points, { ...last, atMs: durationMs }]
}

function sampled({ load, durationMs }: OpenTrace): RatePoint[] {
  return Array.from({ length: PIECES + 1 }, (_, i) => {
    const atMs = (i / PIECES) * durationMs
    return { atMs, ratePerS: rateAt(load, atMs) }
  })
}

function makeHandle(): SVGElement {
  const handle = svgElement('g', { class: 'handle', role: 'slider', tabindex: '0', 'aria-valuemin': '0' })
  handle.append(
    svgElement('circle', { r: '14', class: 'reach' }),
    svgElement('circle', { r: '5', class: 'dot' }),
  )
  return handle
}

function svgLine(name: string, [x1, x2]: [number, number], [y1, y2]: [number, number]): SVGElement {
  return svgElement('line', { class: name, x1: `${x1}`, x2: `${x2}`, y1: `${y1}`, y2: `${y2}` })
}

function svgText(name: string, x: number, y: number, words: string): SVGElement {
  const made = svgElement('text', { class: name, x: `${x}`, y: `${y}` })
  made.textContent = words
  return made
}

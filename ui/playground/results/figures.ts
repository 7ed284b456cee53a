/// <reference lib="dom" />
import type { PredictionInterval } from '../../../analysis/interval.ts'
import type { Metrics } from '../../../analysis/metrics.ts'
import { summarise } from '../../../analysis/summary.ts'
import { byId, element, setText, svgElement } from '../../charts/elements.ts'
import { REPLICATIONS, type Runs } from '../simulator.ts'
import {
  differenceText,
  type Names,
  rangeText,
  SHOWN,
  SHOWN_NAMES,
  type ShownName,
  valueText,
} from './words.ts'

const PLOT = { width: 168, height: 30, left: 4, right: 164 }

interface Cells {
  value: HTMLDataElement
  interval: HTMLElement
}

interface Row {
  a: Cells
  b: Cells
  difference: HTMLElement
  plot: SVGSVGElement
}

/** The table of numbers: this seed's run, the interval of all, and both drawn on one scale. */
export class Figures {
  readonly #rows = new Map<ShownName, Row>()
  #shown: { a: Metrics; b: Metrics | null } | null = null

  constructor() {
    const body = byId('figures')
    for (const name of SHOWN_NAMES) {
      const [a, b] = [cells(`a-${name}`), cells(`b-${name}`)]
      const difference = element('td', { class: 'difference only-b' })
      const plot = svgElement('svg', {
        viewBox: `0 0 ${PLOT.width} ${PLOT.height}`,
        width: String(PLOT.width),
        height: String(PLOT.height),
        'aria-hidden': 'true',
      })
      const onB = element('td', { class: 'only-b' }, b.value, b.interval)
      const drawn = element('td', { class: 'plot' })
      drawn.append(plot)
      body.append(
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, SHOWN[name].label),
          element('td', {}, a.value, a.interval),
          onB,
          difference,
          drawn,
        ),
      )
      this.#rows.set(name, { a, b, difference, plot })
    }
  }

  show(names: Names, a: Metrics, b: Metrics | null): void {
    this.#shown = { a, b }
    setText(byId('figures-a'), names.a)
    setText(byId('figures-b'), names.b)
    setText(byId('figures-difference'), b ? `${names.a} against ${names.b}` : '')
    for (const [name, row] of this.#rows) {
      put(row.a.value, name, a[name])
      put(row.b.value, name, b?.[name] ?? null)
      setText(row.difference, b ? differenceText(name, a[name], b[name]) : '')
    }
    this.showRuns({ a: [a], b: b && [b] })
  }

  showRuns({ a, b }: Runs): void {
    const count = a.length
    setText(
      byId('replications'),
      count < REPLICATIONS
        ? `${count} of ${REPLICATIONS} seeds`
        : `${count} seeds, 90% of further runs within the bar`,
    )
    const [ofA, ofB] = [summarise(a), b && summarise(b)]
    for (const [name, row] of this.#rows) {
      setText(row.a.interval, intervalText(name, ofA[name], count))
      setText(row.b.interval, b ? intervalText(name, ofB?.[name], count) : '')
      const { a: oneA, b: oneB } = this.#shown!
      drawIntervals(row.plot, [
        { side: 'a', interval: ofA[name], value: oneA[name] },
        ...(oneB ? [{ side: 'b' as const, interval: ofB?.[name], value: oneB[name] }] : []),
      ])
    }
  }
}

function cells(id: string): Cells {
  return {
    value: element('data', { id, class: 'value' }),
    interval: element('span', { class: 'interval muted', id: `${id}-interval` }),
  }
}

function put(of: HTMLDataElement, name: ShownName, value: number | null): void {
  of.value = value === null ? '' : String(value)
  setText(of, valueText(name, value))
}

function intervalText(name: ShownName, interval: PredictionInterval | undefined, count: number): string {
  if (!interval || count < REPLICATIONS) return ''
  return rangeText(name, interval)
}

interface Drawn {
  side: 'a' | 'b'
  interval: PredictionInterval | undefined
  value: number | null
}

/** From 0 to the largest of both. */
function drawIntervals(plot: SVGSVGElement, all: readonly Drawn[]): void {
  const most = Math.max(1e-12, ...all.flatMap(({ interval, value }) => [interval?.hi ?? 0, value ?? 0]))
  const x = (value: number) => String(PLOT.left + (value / most) * (PLOT.right - PLOT.left))
  const parts = all.flatMap(({ side, interval, value }, i) => {
    const y = String(all.length === 1 ? PLOT.height / 2 : 9 + 12 * i)
    const bar = interval
      ? [svgElement('line', { class: `bar ${side}`, x1: x(interval.lo), x2: x(interval.hi), y1: y, y2: y })]
      : []
    const dot =
      value === null ? [] : [svgElement('circle', { class: `dot ${side}`, cx: x(value), cy: y, r: '3.5' })]
    return [...bar, ...dot]
  })
  const base = svgElement('line', { class: 'grid', x1: x(0), x2: x(0), y1: '2', y2: String(PLOT.height - 2) })
  plot.replaceChildren(base, ...parts)
}

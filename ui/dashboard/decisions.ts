/// <reference lib="dom" />
import { clockText } from '../charts/axes.ts'
import { byId, element, setText } from '../charts/elements.ts'
import type { Tick } from './messages.ts'
import type { View } from './view.ts'

/** Rows in the document: the newest. */
const MOST_ROWS = 200

/** The table of decisions, newest first: where the target changed or a person decided, or every tick. */
export class Decisions {
  readonly #body = byId<HTMLTableSectionElement>('log')
  readonly #every = byId<HTMLInputElement>('every')
  readonly #latest = byId('latest')
  /** Of which view, and how many of its ticks are in the table. */
  #ticks: Tick[] | null = null
  #shown = 0

  constructor(redraw: () => void) {
    this.#every.addEventListener('change', () => {
      this.#ticks = null
      redraw()
    })
  }

  draw({ ticks }: View): void {
    if (this.#ticks !== ticks) {
      this.#ticks = ticks
      this.#shown = 0
      this.#body.replaceChildren()
    }
    const from = this.#shown
    const fresh = ticks
      .slice(from)
      .filter((tick, i) => this.#every.checked || isNews(tick, ticks[from + i - 1]))
    this.#shown = ticks.length
    this.#body.prepend(...fresh.slice(-MOST_ROWS).reverse().map(rowOf))
    while (this.#body.rows.length > MOST_ROWS) this.#body.deleteRow(-1)
    const latest = ticks.at(-1)
    setText(this.#latest, latest ? `At ${clockText(latest.nowMs)}: ${latest.reason}` : 'No tick yet')
  }
}

/** The target changed, a person set it, or it changed who decides. */
const isNews = (tick: Tick, before: Tick | undefined): boolean =>
  tick.target !== tick.from ||
  tick.byHand === 'scale' ||
  (tick.byHand === null) !== ((before?.byHand ?? null) === null)

function rowOf({ nowMs, from, target, reason, byHand }: Tick): HTMLTableRowElement {
  const change = target === from ? `${from}` : `${from} \u2192 ${target}`
  const direction = target > from ? 'up' : target < from ? 'down' : 'hold'
  return element(
    'tr',
    { class: byHand ? `${direction} by-hand` : direction },
    element('td', {}, clockText(nowMs)),
    element('td', {}, change),
    element('td', {}, reason),
  )
}

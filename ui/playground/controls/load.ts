/// <reference lib="dom" />
import { badInput } from '../../../base/errors.ts'
import type { OpenTrace } from '../../../traces/trace.ts'
import { byId, element, setText } from '../../charts/elements.ts'
import { TRACE_FILE } from '../command.ts'
import { LONGEST_S, traceFile } from '../drawn.ts'
import { traceOf } from '../plan.ts'
import type { Data } from '../protocol.ts'
import { DRAWN, type Setting } from '../setting.ts'
import { Curve } from './curve.ts'
import { ofLength } from './curvePoints.ts'
import type { Hand } from './hand.ts'

/** Which trace, or a drawn one. */
export class LoadPicker {
  readonly #data: Data
  readonly #select = byId<HTMLSelectElement>('trace')
  readonly #length = byId<HTMLInputElement>('length')
  readonly #curve: Curve
  #setting: Setting | null = null

  constructor(data: Data, hand: Hand) {
    this.#data = data
    this.#select.append(
      ...data.traces.map(({ trace }) => element('option', { value: trace.name }, trace.name)),
      element('option', { value: DRAWN }, 'draw one'),
    )
    this.#select.addEventListener('change', () => hand.change({ trace: this.#select.value }, 'trace', true))
    this.#curve = new Curve(byId('curve'), (points, done) => hand.change({ points }, 'points', done))
    byId('add-point').addEventListener('click', () => this.#curve.add())
    byId('remove-point').addEventListener('click', () => this.#curve.remove())
    byId('draw').addEventListener('click', () => {
      const { load, durationMs } = this.#trace()
      if (load.kind !== 'rate') return
      const end = { atMs: durationMs, ratePerS: load.points.at(-1)!.ratePerS }
      const points = load.points.at(-1)!.atMs < durationMs ? [...load.points, end] : load.points
      hand.change({ trace: DRAWN, points }, 'trace', true)
      this.#select.focus()
    })
    this.#length.addEventListener('change', () => {
      const lengthS = Number(this.#length.value)
      if (!(lengthS >= 10 && lengthS <= LONGEST_S))
        return hand.refuse(
          badInput({ place: 'Length', value: this.#length.value, expected: `from 10 to ${LONGEST_S} s` }),
        )
      hand.change({ points: ofLength(this.#setting!.points, lengthS) }, 'length', true)
    })
    byId('save-trace').addEventListener('click', () => save(traceFile(this.#trace())))
  }

  /** A trace that cannot be is left as it was: the worker says why. */
  show(setting: Setting): void {
    this.#setting = setting
    const drawn = setting.trace === DRAWN
    this.#select.value = setting.trace
    byId('transforms').hidden = drawn
    byId('drawing').hidden = !drawn
    byId('draw').hidden = drawn
    const shipped = this.#data.traces.find(({ trace }) => trace.name === setting.trace)
    setText(
      byId('trace-about'),
      shipped?.trace.description ??
        'Drag the points, or click beside them for a new one. By keyboard: Tab to a point, arrow keys move it (Shift: ten times as far), Delete removes it.',
    )
    const last = setting.points.at(-1)!.atMs / 1000
    if (Number(this.#length.value) !== last) this.#length.value = String(last)
    try {
      this.#curve.show(this.#trace(), drawn)
    } catch {}
  }

  #trace(): OpenTrace {
    return traceOf(this.#setting!, this.#data)
  }
}

function save(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  element('a', { href: url, download: TRACE_FILE }).click()
  URL.revokeObjectURL(url)
}

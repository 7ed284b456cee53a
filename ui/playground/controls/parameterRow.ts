/// <reference lib="dom" />
import type { ParameterSpec } from '../../../policies/policy.ts'
import { element } from '../../charts/elements.ts'
import { nearestStop, stopsOf } from './stops.ts'

/** One parameter of a policy: its name as `--set` takes it, what it means, a slider and a number. */
export class ParameterRow {
  readonly root: HTMLElement
  readonly #spec: ParameterSpec
  readonly #stops: number[]
  readonly #slider: HTMLInputElement
  readonly #number: HTMLInputElement

  /** @param onValue what was typed or slid to, as a text, and whether the change is over. */
  constructor(id: string, name: string, spec: ParameterSpec, onValue: (text: string, done: boolean) => void) {
    this.#spec = spec
    this.#stops = stopsOf(spec)
    const meaning = element('span', { class: 'meaning muted', id: `${id}-meaning` }, spec.description)
    this.#slider = element('input', {
      type: 'range',
      id: `${id}-slider`,
      min: '0',
      max: String(this.#stops.length - 1),
      'aria-label': `${name}, slider`,
      'aria-describedby': meaning.id,
    })
    this.#number = element('input', {
      type: 'number',
      id,
      step: spec.scale === 'integer' ? '1' : 'any',
      min: String(spec.min),
      max: String(spec.max),
      'aria-describedby': meaning.id,
    })
    const unit = element('span', { class: 'unit muted' }, spec.unit === '1' ? '' : spec.unit)
    this.root = element(
      'div',
      { class: 'parameter' },
      element('p', { class: 'about' }, element('label', { for: id }, name), ' ', meaning),
      this.#slider,
      element('span', { class: 'number' }, this.#number, unit),
    )
    for (const [kind, done] of [
      ['input', false],
      ['change', true],
    ] as const) {
      this.#slider.addEventListener(kind, () =>
        onValue(String(this.#stops[this.#slider.valueAsNumber]), done),
      )
      this.#number.addEventListener(kind, () => onValue(this.#number.value, done))
    }
  }

  show(value: number): void {
    const at = String(nearestStop(this.#stops, value))
    if (this.#slider.value !== at) this.#slider.value = at
    this.#slider.setAttribute('aria-valuetext', `${value} ${this.#spec.unit === '1' ? '' : this.#spec.unit}`)
    if (this.#number.value === '' || Number(this.#number.value) !== value) this.#number.value = String(value)
    this.root.classList.toggle('changed', value !== this.#spec.default)
  }
}

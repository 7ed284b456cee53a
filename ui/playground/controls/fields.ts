/// <reference lib="dom" />
import { byId, element } from '../../charts/elements.ts'
import { numberOf } from '../fragment.ts'
import {
  NUMBER_FIELDS,
  NUMBER_NAMES,
  type NumberName,
  type Setting,
  TEXT_FIELDS,
  TEXT_NAMES,
  type TextName,
} from '../setting.ts'
import type { Hand } from './hand.ts'

/** The settings that are one number or one text: each is put where the page has a place of its name. */
export class Fields {
  readonly #inputs = new Map<NumberName | TextName, HTMLInputElement>()

  constructor(hand: Hand) {
    for (const name of NUMBER_NAMES) {
      const { min, max, whole } = NUMBER_FIELDS[name]
      const input = this.#make(name, NUMBER_FIELDS[name], {
        type: 'number',
        min: String(min),
        max: String(max),
        step: whole ? '1' : 'any',
      })
      listen(input, (text, done) => {
        try {
          const value = name === 'peak' && text === '' ? null : numberOf(name, text)
          hand.change({ [name]: value }, name, done)
        } catch (error) {
          hand.refuse(error)
        }
      })
    }
    for (const name of TEXT_NAMES) {
      const input = this.#make(name, TEXT_FIELDS[name], { type: 'text', spellcheck: 'false' })
      listen(input, (text, done) => hand.change({ [name]: text }, name, done))
    }
  }

  show(setting: Setting): void {
    for (const [name, input] of this.#inputs) {
      const value = setting[name] === null ? '' : String(setting[name])
      // A number that is being typed ("0.") is left as it is.
      if (input.value !== value && (input.type !== 'number' || Number(input.value) !== Number(value)))
        input.value = value
      if (value === '') input.value = ''
    }
  }

  /** Marks the one that an error names, and no other. */
  blame(message: string | null): void {
    for (const [name, input] of this.#inputs) {
      const { place, label } = { ...NUMBER_FIELDS, ...TEXT_FIELDS }[name]
      const guilty = message !== null && [place, label].some((start) => message.startsWith(`${start} is`))
      if (guilty) input.setAttribute('aria-invalid', 'true')
      else input.removeAttribute('aria-invalid')
    }
  }

  #make(
    name: NumberName | TextName,
    { label, hint }: { label: string; hint: string },
    attributes: Record<string, string>,
  ): HTMLInputElement {
    const id = `field-${name}`
    const input = element('input', { id, 'aria-describedby': `${id}-hint`, ...attributes })
    byId(`place-${name}`).append(
      element('label', { for: id }, label),
      input,
      element('span', { id: `${id}-hint`, class: 'muted hint' }, hint),
    )
    this.#inputs.set(name, input)
    return input
  }
}

function listen(input: HTMLInputElement, onText: (text: string, done: boolean) => void): void {
  input.addEventListener('input', () => onText(input.value, false))
  input.addEventListener('change', () => onText(input.value, true))
}

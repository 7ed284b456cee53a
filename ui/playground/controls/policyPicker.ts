/// <reference lib="dom" />
import { parametersOf } from '../../../policies/parameters.ts'
import type { Policy } from '../../../policies/policy.ts'
import { byId, element, setText } from '../../charts/elements.ts'
import { OFFERED, offeredPolicy } from '../offered.ts'
import type { Choice } from '../setting.ts'
import type { Hand } from './hand.ts'
import { ParameterRow } from './parameterRow.ts'

/** So many parameters are in view; the rest unfolds. */
const IN_VIEW = 5
const NONE = 'none'

/** Which policy, and its parameters: the page has a select, a note, a place and a reset button for each side. */
export class PolicyPicker {
  readonly #side: 'a' | 'b'
  readonly #hand: Hand
  readonly #select: HTMLSelectElement
  readonly #reset: HTMLButtonElement
  #choice: Choice | null = null
  #built: Policy | null = null
  #rows = new Map<string, ParameterRow>()

  constructor(side: 'a' | 'b', hand: Hand) {
    this.#side = side
    this.#hand = hand
    this.#select = byId<HTMLSelectElement>(`${side}-policy`)
    this.#reset = byId<HTMLButtonElement>(`${side}-reset`)
    if (side === 'b') this.#select.append(element('option', { value: NONE }, 'none: one policy alone'))
    this.#select.append(...OFFERED.map(({ name }) => element('option', { value: name }, name)))
    this.#select.addEventListener('change', () => {
      const { value } = this.#select
      this.#tell(value === NONE ? null : { policy: value, set: {} }, 'policy', true)
    })
    this.#reset.addEventListener('click', () => {
      this.#tell({ policy: this.#choice!.policy, set: {} }, 'reset', true)
      this.#select.focus()
    })
  }

  show(choice: Choice | null): void {
    this.#choice = choice
    this.#select.value = choice?.policy ?? NONE
    const policy = choice && offeredPolicy(choice.policy)
    if (policy !== this.#built) this.#build(policy)
    for (const [name, row] of this.#rows) row.show(choice!.set[name] ?? policy!.parameters[name]!.default)
    this.#reset.hidden = Object.keys(choice?.set ?? {}).length === 0
  }

  #tell(choice: Choice | null, key: string, done: boolean): void {
    const patch = this.#side === 'a' ? { a: choice! } : { b: choice }
    this.#hand.change(patch, `${this.#side}.${key}`, done)
  }

  #build(policy: Policy | null): void {
    this.#built = policy
    const side = this.#side
    setText(byId(`${side}-summary`), policy?.summary ?? '')
    this.#rows = new Map(
      Object.entries(policy?.parameters ?? {}).map(([name, spec]) => [
        name,
        new ParameterRow(`${side}-${name}`, name, spec, (text, done) => this.#set(name, text, done)),
      ]),
    )
    const rows = [...this.#rows.values()].map(({ root }) => root)
    const rest = rows.slice(IN_VIEW)
    byId(`${side}-parameters`).replaceChildren(
      ...rows.slice(0, IN_VIEW),
      ...(rest.length === 0
        ? []
        : [element('details', {}, element('summary', {}, `${rest.length} more parameters`), ...rest)]),
    )
  }

  #set(name: string, text: string, done: boolean): void {
    const { policy, set } = this.#choice!
    try {
      const value = parametersOf(offeredPolicy(policy), [`${name}=${text}`])[name]!
      const { [name]: _, ...others } = set
      const usual = value === offeredPolicy(policy).parameters[name]!.default
      this.#tell({ policy, set: usual ? others : { ...others, [name]: value } }, name, done)
    } catch (error) {
      this.#hand.refuse(error)
    }
  }
}

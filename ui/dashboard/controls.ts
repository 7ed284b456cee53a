/// <reference lib="dom" />
import { byId, setText } from '../charts/elements.ts'
import type { View } from './view.ts'

/** Pause, scale and stop. What can be done now is enabled; what the server says against it is shown and read out. */
export class Controls {
  readonly #pause = byId<HTMLButtonElement>('pause')
  readonly #replicas = byId<HTMLInputElement>('replicas')
  readonly #steppers = [byId<HTMLButtonElement>('fewer'), byId<HTMLButtonElement>('more')] as const
  readonly #scale = byId<HTMLButtonElement>('scale')
  readonly #stop = byId<HTMLButtonElement>('stop')
  readonly #confirm = byId<HTMLDialogElement>('confirm')
  readonly #answer = byId('answer')
  #paused = false
  /** Whether the person has put in a number, which the target then does not replace. */
  #touched = false

  constructor() {
    this.#pause.addEventListener('click', () => void this.#ask(this.#paused ? '/resume' : '/pause'))
    const [fewer, more] = this.#steppers
    fewer.addEventListener('click', () => this.#step(-1))
    more.addEventListener('click', () => this.#step(1))
    this.#replicas.addEventListener('input', () => {
      this.#touched = true
    })
    byId<HTMLFormElement>('controls').addEventListener('submit', (event) => {
      event.preventDefault()
      this.#touched = false
      void this.#ask('/scale', { replicas: this.#replicas.valueAsNumber })
    })
    this.#stop.addEventListener('click', () => {
      this.#confirm.returnValue = ''
      this.#confirm.showModal()
    })
    this.#confirm.addEventListener('close', () => {
      if (this.#confirm.returnValue === 'stop') void this.#ask('/stop')
    })
  }

  draw({ state, hello, ticks }: View, connected: boolean): void {
    const { min, max, initial } = hello.replicas
    const steerable = connected && (state === 'running' || state === 'paused')
    this.#paused = state === 'paused'
    setText(this.#pause, this.#paused ? 'Resume policy' : 'Pause policy')
    for (const button of [this.#pause, this.#replicas, ...this.#steppers, this.#scale])
      button.disabled = !steerable
    this.#stop.disabled = !connected || state === 'stopping' || state === 'over'
    this.#replicas.min = String(min)
    this.#replicas.max = String(max)
    if (!this.#touched) this.#replicas.value = String(ticks.at(-1)?.target ?? initial)
  }

  #step(by: number): void {
    this.#touched = true
    if (by > 0) this.#replicas.stepUp()
    else this.#replicas.stepDown()
  }

  async #ask(path: string, body: unknown = {}): Promise<void> {
    setText(this.#answer, await answerTo(path, body))
  }
}

/** What is to be said of it: nothing where it was done. */
async function answerTo(path: string, body: unknown): Promise<string> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    return response.ok ? '' : `Not done: ${(await response.text()).trim()}`
  } catch {
    return 'Not done: the run does not answer'
  }
}

import type { ByHand } from '../../control/tick.ts'
import type { RunState } from './messages.ts'

/**
 * What the page has asked for, until the control loop carries it out at its next tick.
 *
 *     starting --first tick--> running --pause, scale--> paused --resume--> running
 *     any of them --stop--> stopping
 *
 * A scale also pauses: else the policy would take it back at once.
 */
export class Hand {
  readonly #onState: (state: RunState) => void
  #state: RunState = 'starting'
  #wanted: number | null = null

  constructor(onState: (state: RunState) => void) {
    this.#onState = onState
  }

  get state(): RunState {
    return this.#state
  }

  /** A new run: nothing is asked for. */
  begin(): void {
    this.#state = 'starting'
    this.#wanted = null
  }

  /** The first tick was made. */
  ticked(): void {
    if (this.#state === 'starting') this.#enter('running')
  }

  pause(): void {
    this.#enter('paused')
  }

  resume(): void {
    this.#wanted = null
    this.#enter('running')
  }

  scale(replicas: number): void {
    this.#wanted = replicas
    this.#enter('paused')
  }

  stop(): void {
    this.#enter('stopping')
  }

  /** For the tick that is being made; null lets the policy decide. */
  atTick(): ByHand | null {
    if (this.#state !== 'paused') return null
    const replicas = this.#wanted
    this.#wanted = null
    return replicas === null ? { kind: 'pause' } : { kind: 'scale', replicas }
  }

  #enter(state: RunState): void {
    if (this.#state === state) return
    this.#state = state
    this.#onState(state)
  }
}

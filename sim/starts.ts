import { type Random, stream } from '../base/random.ts'
import { READY_TIMEOUT_MS } from '../control/service.ts'
import type { ControlSettings } from '../record/schema.ts'
import { Draws } from './draws.ts'
import type { Model, StartMethod } from './model.ts'

/** Faults that starts have. */
export type BrokenStart = 'start-fails' | 'start-hangs' | 'image-missing'

export const NOT_READY_NOTE = `was not ready within ${READY_TIMEOUT_MS / 1000}s`
const NOTES: Record<BrokenStart, string> = {
  'start-fails': 'exited with 1 before it was ready',
  'start-hangs': NOT_READY_NOTE,
  'image-missing': 'the image is not there',
}

/** How one start goes. */
export interface Start {
  /** Until it is ready, or has failed, and what of that is work on the shared cores. */
  durationMs: number
  cpuMs: number
  /** Why it fails; null where it does not. */
  problem: string | null
  /** It does not fail by itself, but is given up after READY_TIMEOUT_MS. */
  hangs: boolean
  /** It came from the pool, and this is how long the cold start takes that fills its place. */
  refillMs: number | null
}

/** Draws how starts go: their methods, durations and failures. Which method is next depends on the stand-by pool. */
export class Starts {
  /** Stand-by replicas that can be started at once. */
  pool: number
  /** Faults of the cold starts asked for now, the newest last. */
  readonly broken: BrokenStart[] = []
  readonly #startup: Model['startup']
  readonly #method: StartMethod
  readonly #draws: Partial<Record<StartMethod, Draws>>
  readonly #failure: Random

  constructor({ startup }: Model, { standby }: Pick<ControlSettings, 'standby'>, seed: number) {
    this.#startup = startup
    this.#method = standby?.method ?? 'cold'
    this.pool = standby?.size ?? 0
    const draws = (method: StartMethod) =>
      startup[method] && new Draws(startup[method].distribution, stream(seed, `startup/${method}`))
    this.#draws = { cold: draws('cold'), created: draws('created'), paused: draws('paused') }
    this.#failure = stream(seed, 'start-failure')
  }

  /** @param others how many further replicas are starting at this moment. */
  next(others: number): Start {
    const { slowdownPerConcurrent, cpuShare, failure } = this.#startup
    const isCold = this.pool === 0
    const refillMs = isCold ? null : this.#draws.cold!.next()
    if (!isCold) this.pool--
    const slowdown = 1 + slowdownPerConcurrent.estimate * others
    const durationMs = this.#draws[isCold ? 'cold' : this.#method]!.next() * slowdown
    const fails = failure !== undefined && this.#failure() < failure.estimate
    const broken = isCold ? this.broken.at(-1) : undefined
    if (broken === 'image-missing')
      return { durationMs: 0, cpuMs: 0, problem: NOTES[broken], hangs: false, refillMs }
    return {
      durationMs,
      cpuMs: durationMs * (cpuShare?.estimate ?? 0),
      problem: broken ? NOTES[broken] : fails ? 'did not start' : null,
      hangs: broken === 'start-hangs',
      refillMs,
    }
  }
}

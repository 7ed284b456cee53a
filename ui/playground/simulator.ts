/// <reference lib="dom" />
import type { Metrics } from '../../analysis/metrics.ts'
import type { Answer, Data, Question, View } from './protocol.ts'
import type { Setting } from './setting.ts'

/** As many as `sim run` makes by default: its 90 % interval is distribution-free. */
export const REPLICATIONS = 20
/** A question that has been worked on for longer is not waited for when there is a newer one. */
const PATIENCE_MS = 400

/** Each run's metrics, the first with the setting's seed. */
export interface Runs {
  a: Metrics[]
  b: Metrics[] | null
}

export interface Listener {
  /** The setting's own run. */
  onShown(views: { a: View; b: View | null }): void
  /** One replication more, of REPLICATIONS. */
  onRuns(runs: Runs): void
  onRefused(message: string): void
  /** A bug, or the worker could not be loaded. */
  onBroken(message: string): void
}

/**
 * The page's end of the worker: the newest setting at once, then its replications one by one. What was asked before and is not
 * answered yet is left off.
 */
export class Simulator {
  readonly #data: Data
  readonly #listener: Listener
  #worker: Worker
  #id = 0
  /** When the question was asked that is not answered; null: the worker is idle. */
  #askedAtMs: number | null = null
  #waiting: Setting | null = null
  #runs: Runs = { a: [], b: null }

  constructor(data: Data, listener: Listener) {
    this.#data = data
    this.#listener = listener
    this.#worker = this.#start()
  }

  run(setting: Setting): void {
    this.#waiting = setting
    this.#id++
    if (this.#askedAtMs !== null && nowMs() - this.#askedAtMs > PATIENCE_MS) {
      this.#worker.terminate()
      this.#worker = this.#start()
    }
    if (this.#askedAtMs === null) this.#askNext()
  }

  #start(): Worker {
    const worker = new Worker('/worker.js', { type: 'module' })
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => this.#hear(data))
    worker.addEventListener('error', (event) => {
      event.preventDefault()
      this.#askedAtMs = null
      this.#listener.onBroken(event.message || 'the simulator could not be loaded: is sim ui still running?')
    })
    worker.postMessage({ kind: 'data', data: this.#data } satisfies Question)
    this.#askedAtMs = null
    return worker
  }

  #hear(answer: Answer): void {
    this.#askedAtMs = null
    if (answer.id === this.#id) this.#tell(answer)
    this.#askNext()
  }

  #tell(answer: Answer): void {
    switch (answer.kind) {
      case 'shown':
        this.#runs = { a: [answer.a.metrics], b: answer.b && [answer.b.metrics] }
        return this.#listener.onShown(answer)
      case 'replicated':
        this.#runs = {
          a: [...this.#runs.a, answer.a],
          b: answer.b && [...(this.#runs.b ?? []), answer.b],
        }
        return this.#listener.onRuns(this.#runs)
      case 'refused':
        this.#runs = { a: [], b: null }
        return this.#listener.onRefused(answer.message)
    }
  }

  #askNext(): void {
    const setting = this.#waiting
    this.#waiting = null
    const index = this.#runs.a.length
    if (setting) {
      this.#runs = { a: [], b: null }
      this.#ask({ kind: 'run', id: this.#id, setting })
    } else if (index > 0 && index < REPLICATIONS) this.#ask({ kind: 'replicate', id: this.#id, index })
  }

  #ask(question: Question): void {
    this.#askedAtMs = nowMs()
    this.#worker.postMessage(question)
  }
}

const nowMs = () => Number(document.timeline.currentTime ?? 0)

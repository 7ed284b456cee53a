import { type Kernel, RANK, type Scheduled } from './kernel.ts'
import { demandMs, type Request } from './request.ts'

/** What became of a request that a server was given: `served` to its end, or `broken` because the server died. */
export type ServerEnd = 'served' | 'broken'

/**
 * One container: a single thread and its listen backlog, first come first served. It does not know
 * whether the client still waits: a request that was begun is worked to its end, as Werkzeug does.
 */
export class Server {
  readonly name: string
  readonly #kernel: Kernel
  readonly #onEnd: (request: Request, end: ServerEnd) => void
  #backlog: Request[] = []
  #current: { request: Request; departure: Scheduled } | null = null
  #alive = true

  constructor(name: string, kernel: Kernel, onEnd: (request: Request, end: ServerEnd) => void) {
    this.name = name
    this.#kernel = kernel
    this.#onEnd = onEnd
  }

  get alive(): boolean {
    return this.#alive
  }

  /** Takes a connection: starts it at once where the thread is free. */
  accept(request: Request): void {
    if (this.#current) this.#backlog.push(request)
    else this.#begin(request)
  }

  /** Dies: everything that it had breaks. */
  kill(): void {
    this.#alive = false
    const lost = this.#current ? [this.#current.request, ...this.#backlog] : this.#backlog
    if (this.#current) this.#current.departure.run = null
    this.#current = null
    this.#backlog = []
    for (const request of lost) this.#onEnd(request, 'broken')
  }

  #begin(request: Request): void {
    const departure = this.#kernel.at(this.#kernel.nowMs + demandMs(request), RANK.departure, () =>
      this.#depart(),
    )
    this.#current = { request, departure }
  }

  #depart(): void {
    const { request } = this.#current!
    this.#current = null
    const next = this.#backlog.shift()
    if (next) this.#begin(next)
    this.#onEnd(request, 'served')
  }
}

import { type Dispatcher, Pool } from 'undici'
import { type LoadTarget, lookupOf } from './loadTarget.ts'
import type { HttpRequest } from './requests.ts'

/** What came back. `status` 0 where nothing did; unknown is null, or '' for the server. */
export interface Answer {
  status: number
  server: string
  blockingMs: number | null
  cpuMs: number | null
  /** Set where the connection could not be made or broke before the answer was complete. */
  error: Error | null
}

export interface LoadClient {
  /** Starts the request at once, with `id` as its X-Request-Id; `onAnswer` is called once, later. The returned function gives it up. */
  send(request: HttpRequest, id: string, onAnswer: (answer: Answer) => void): () => void
  /** Closes all connections. */
  close(): Promise<void>
}

/** Below the time after which the proxy closes an idle connection, so that no request meets a closing one. */
const KEEP_ALIVE_MS = 4000

/**
 * HTTP/1.1 with as many connections as there are requests open: a request must never wait here for another
 * one, or the generator would slow down with the system that it measures (coordinated omission, wrk2 README).
 * `dispatch` is undici's lowest level and three times as fast as `request`.
 */
export function openClient(target: LoadTarget, connectTimeoutMs: number): LoadClient {
  const pool = new Pool(target.origin, {
    connections: null,
    pipelining: 1,
    allowH2: false,
    headersTimeout: 0, // the only time-out is the client's (live/loadgen.ts): from the intended time
    bodyTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: { timeout: connectTimeoutMs, lookup: lookupOf(target) },
  })
  return {
    send(request, id, onAnswer) {
      const exchange = new Exchange(onAnswer)
      pool.dispatch(
        {
          method: request.method,
          path: target.prefix + request.path,
          body: request.body,
          headers: headersOf(request, id),
        },
        exchange,
      )
      return () => exchange.giveUp()
    },
    close: () => pool.destroy(),
  }
}

function headersOf({ body, delayMs = Number.NaN }: HttpRequest, id: string): Record<string, string> {
  const headers: Record<string, string> = { 'x-request-id': id }
  if (body !== null) headers['content-type'] = 'text/plain; charset=utf-8'
  if (!Number.isNaN(delayMs)) headers['x-delay-ms'] = delayMs.toFixed(3)
  return headers
}

/** One request and its answer, as undici tells it. */
class Exchange implements Dispatcher.DispatchHandler {
  #onAnswer: ((answer: Answer) => void) | null
  #controller: Dispatcher.DispatchController | null = null
  #answer: Answer = { status: 0, server: '', blockingMs: null, cpuMs: null, error: null }

  constructor(onAnswer: (answer: Answer) => void) {
    this.#onAnswer = onAnswer
  }

  giveUp(): void {
    this.#onAnswer = null
    this.#controller?.abort(new Error('given up'))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // Given up while the connection was being made: nothing has been written yet.
    if (!this.#onAnswer) controller.abort(new Error('given up'))
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return
    this.#answer.status = status
    this.#answer.server = textOf(headers['x-instance']) ?? ''
    this.#answer.blockingMs = numberOf(headers['x-block-ms'])
    this.#answer.cpuMs = numberOf(headers['x-cpu-ms'])
  }

  /** The body is read to its end and dropped. */
  onResponseData(): void {}

  onResponseEnd(): void {
    this.#settle()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#answer.error = error
    this.#settle()
  }

  #settle(): void {
    const onAnswer = this.#onAnswer
    this.#onAnswer = null
    onAnswer?.(this.#answer)
  }
}

function textOf(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null
}

function numberOf(header: string | string[] | undefined): number | null {
  const text = textOf(header)
  const value = text?.trim() ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : null
}

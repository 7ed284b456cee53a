import type { TcpSocketConnectOpts } from 'node:net'
import { assert } from '../../base/assert.ts'
import { every, monotonicMs } from '../../base/clock.ts'
import type { Answer } from './answerParser.ts'
import { Connection, type ConnectionHooks, type Exchange } from './connection.ts'
import { type LoadTarget, lookupOf } from './loadTarget.ts'
import type { HttpRequest } from './requests.ts'

export interface LoadClient {
  /** Starts the request at once, with `id` as its X-Request-Id; `onAnswer` is called once, later. The returned function gives it up. */
  send(request: HttpRequest, id: string, onAnswer: (answer: Answer) => void): () => void
  /** Closes all connections. */
  close(): Promise<void>
}

/** How often connections that were not needed for long are closed. */
const SWEEP_MS = 500

/**
 * HTTP/1.1 with as many connections as there are requests open: a request must never wait here for another
 * one, or the generator would slow down with the system that it measures (coordinated omission, wrk2 README).
 *
 * Own code, since the generator's precision is its CPU time. undici's pool looks through its connections for a free
 * one, so that a request costs more the slower the service is: it was late by seconds at 10,000 requests a second.
 */
export function openClient(target: LoadTarget): LoadClient {
  return new KeepAliveClient(target)
}

class KeepAliveClient implements LoadClient {
  readonly #prefix: string
  readonly #address: TcpSocketConnectOpts
  readonly #host: string
  readonly #all = new Set<Connection>()
  /** The last one used is the first to be used again, so the first ones here are the longest idle. */
  readonly #idle: Connection[] = []
  readonly #stopSweeping: () => void
  readonly #hooks: ConnectionHooks
  #whenEmpty = () => {}

  constructor(target: LoadTarget) {
    this.#prefix = target.prefix
    this.#address = addressOf(target)
    this.#host = new URL(target.origin).host
    this.#stopSweeping = every(SWEEP_MS, () => this.#sweep())
    this.#hooks = {
      onFree: (connection) => this.#idle.push(connection),
      onClosed: (connection) => {
        this.#all.delete(connection)
        if (this.#all.size === 0) this.#whenEmpty()
      },
    }
  }

  send(request: HttpRequest, id: string, onAnswer: (answer: Answer) => void): () => void {
    const exchange: Exchange = { method: request.method, text: this.#textOf(request, id), onAnswer }
    const connection = this.#takeIdle() ?? this.#open()
    connection.send(exchange)
    return () => connection.giveUp(exchange)
  }

  async close(): Promise<void> {
    this.#stopSweeping()
    if (this.#all.size === 0) return
    const empty = Promise.withResolvers<void>()
    this.#whenEmpty = empty.resolve
    for (const connection of this.#all) connection.destroy()
    await empty.promise
  }

  #open(): Connection {
    const connection = new Connection(this.#address, this.#hooks)
    this.#all.add(connection)
    return connection
  }

  #takeIdle(): Connection | null {
    const nowMs = monotonicMs()
    for (let connection = this.#idle.pop(); connection; connection = this.#idle.pop()) {
      if (!connection.closed && connection.expiresMs > nowMs) return connection
      connection.destroy()
    }
    return null
  }

  #sweep(): void {
    const nowMs = monotonicMs()
    const kept = this.#idle.findIndex(({ expiresMs, closed }) => !closed && expiresMs > nowMs)
    for (const connection of this.#idle.splice(0, kept < 0 ? this.#idle.length : kept)) connection.destroy()
  }

  #textOf({ method, path, body, delayMs = Number.NaN }: HttpRequest, id: string): string {
    const target = this.#prefix + path
    assert(/^[!-~]+$/.test(target) && /^[!-~]+$/.test(id), 'a request cannot bring lines of its own')
    let text = `${method} ${target} HTTP/1.1\r\nhost: ${this.#host}\r\nx-request-id: ${id}\r\n`
    if (!Number.isNaN(delayMs)) text += `x-delay-ms: ${delayMs.toFixed(3)}\r\n`
    if (body === null)
      return method === 'POST' || method === 'PUT' ? `${text}content-length: 0\r\n\r\n` : `${text}\r\n`
    return `${text}content-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  }
}

/** A name with several addresses is tried at each of them. Where there is only one, the look-up is saved. */
function addressOf(target: LoadTarget): TcpSocketConnectOpts {
  const { hostname, port } = new URL(target.origin)
  const [first, ...others] = target.addresses
  return {
    port: Number(port || 80),
    ...(others.length === 0 ? { host: first!.address } : { host: hostname, lookup: lookupOf(target) }),
  }
}

import { Pool } from 'undici'
import { messageOf } from '../../base/errors.ts'

const PREFIX = '/v4.0.0/libpod'

/** A container engine that is busy starting ten containers at once still answers within this. */
const CALL_TIMEOUT_MS = 60_000

/** Podman refused a call or did not answer. `status` is 0 where there was no answer. */
export class PodmanError extends Error {
  readonly status: number
  constructor(call: string, subject: string, message: string, options: { status: number; cause?: unknown }) {
    super(`podman ${call} ${subject}: ${message}`, { cause: options.cause })
    this.name = 'PodmanError'
    this.status = options.status
  }
}

export interface Call {
  /** The call and its subject as an error names them: "start", "scaletwin-x-w1". */
  name: string
  subject: string
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  query?: Record<string, string | number | boolean>
  body?: unknown
  /** Statuses that are not an error: 304 where it was started already, 404 where it was removed already. */
  alsoFine?: readonly number[]
  timeoutMs?: number
  /** Not to be asked again where the connection broke: it may have been carried out, and twice would be wrong. */
  once?: boolean
}

/**
 * Podman's REST API on a Unix socket. Calls run side by side, each on a connection of its own. One whose connection
 * broke, since the service died, is made again when the service is back.
 */
export class PodmanApi {
  readonly #pool: Pool
  readonly #untilBack: (() => Promise<void>) | null
  /** Fault: while it is set, every call but a ping fails with it. */
  failure: string | null = null

  /** @param untilBack resolves when a service that died answers again; null where nobody starts it again. */
  constructor(socketPath: string, untilBack: (() => Promise<void>) | null = null) {
    this.#pool = new Pool('http://podman', { socketPath, pipelining: 1 })
    this.#untilBack = untilBack
  }

  /** The JSON of the answer; null where it is empty or one of `alsoFine`. */
  async json(call: Call): Promise<unknown> {
    const { bytes, fine } = await this.bytes(call)
    return fine && bytes.length > 0 ? JSON.parse(bytes.toString('utf8')) : null
  }

  async bytes(call: Call): Promise<{ bytes: Buffer; fine: boolean }> {
    const { status, bytes } = await this.#send(call)
    const fine = status >= 200 && status < 300
    if (!fine && !call.alsoFine?.includes(status)) {
      throw new PodmanError(call.name, call.subject, `${podmansWords(bytes)} (HTTP ${status})`, { status })
    }
    return { bytes, fine }
  }

  close(): Promise<void> {
    return this.#pool.destroy()
  }

  async #send(call: Call): Promise<{ status: number; bytes: Buffer }> {
    if (this.failure !== null && call.name !== 'ping')
      throw new PodmanError(call.name, call.subject, `${this.failure} (HTTP 500)`, { status: 500 })
    try {
      return await this.#ask(call)
    } catch (error) {
      if (this.#untilBack === null || call.once || !isBroken(error)) throw error
      await this.#untilBack()
      return madeBefore(call, await this.#ask(call))
    }
  }

  async #ask(call: Call): Promise<{ status: number; bytes: Buffer }> {
    const timeoutMs = call.timeoutMs ?? CALL_TIMEOUT_MS
    const query = new URLSearchParams(
      Object.entries(call.query ?? {}).map(([name, value]) => [name, String(value)] as [string, string]),
    )
    try {
      const answer = await this.#pool.request({
        method: call.method,
        path: `${PREFIX}${call.path}?${query}`,
        headers: call.body === undefined ? {} : { 'content-type': 'application/json' },
        body: call.body === undefined ? null : JSON.stringify(call.body),
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      })
      const bytes = Buffer.from(await answer.body.arrayBuffer())
      return { status: statusOf(answer.statusCode, bytes), bytes }
    } catch (cause) {
      const message = `no answer within ${timeoutMs} ms (${messageOf(cause)})`
      throw new PodmanError(call.name, call.subject, isTimeout(cause) ? message : messageOf(cause), {
        status: 0,
        cause,
      })
    }
  }
}

/** A container that vanishes while Podman reads it is answered with 500 in place of 404 (4.3). */
function statusOf(status: number, bytes: Buffer): number {
  return status === 500 && /no such (container|network)/.test(podmansWords(bytes)) ? 404 : status
}

/** The service had made the container before it died. */
function madeBefore(
  call: Call,
  answer: { status: number; bytes: Buffer },
): { status: number; bytes: Buffer } {
  const isMade = call.name === 'create' && /name .* is already in use/.test(podmansWords(answer.bytes))
  return isMade ? { status: 200, bytes: Buffer.from('{}') } : answer
}

/** Nobody listens, or whoever did went away in the middle of the call. */
function isBroken(error: unknown): boolean {
  const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? ''
  return ['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(code)
}

const isTimeout = (error: unknown) => error instanceof Error && error.name.endsWith('TimeoutError')

function podmansWords(bytes: Buffer): string {
  const text = bytes.toString('utf8').trim()
  try {
    const { message, cause } = JSON.parse(text)
    return message || cause || text
  } catch {
    return text || 'no message'
  }
}

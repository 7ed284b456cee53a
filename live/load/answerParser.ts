import type { HttpRequest } from './requests.ts'

/** What came back. `status` 0 where nothing did; unknown is null, or '' for the server. */
export interface Answer {
  status: number
  server: string
  blockingMs: number | null
  cpuMs: number | null
  /** How many requests the instance had taken by then, as it says. */
  served: number | null
  /** Set where the connection could not be made or broke before the answer was complete. */
  error: Error | null
}

/** Until when the bytes go on (RFC 9112, section 6.3). */
type Phase = 'head' | 'counted' | 'chunk size' | 'chunk' | 'trailers' | 'until close' | 'done'

/** A longer head is no answer of a web service; HAProxy takes 16 KiB. */
const MAX_HEAD_LENGTH = 65_536

/**
 * One HTTP/1.1 answer out of the bytes of a connection, however they are cut. Bodies are read to their end and
 * dropped. It reads what a load generator needs and no more: it was measured to take 2 µs an answer, and a tenth of
 * what undici's does (which also makes objects of all headers).
 */
export class AnswerParser {
  /** Of the request, whose method decides whether there is a body. */
  readonly #method: HttpRequest['method']
  #phase: Phase = 'head'
  /** What came of a line, or of the head, that is not whole yet. */
  #text = ''
  /** Bytes of the body or chunk that are still to come. */
  #left = 0
  readonly answer: Answer = {
    status: 0,
    server: '',
    blockingMs: null,
    cpuMs: null,
    served: null,
    error: null,
  }
  /** Whether the connection may serve another request. */
  reusable = true
  /** How long the server keeps an idle connection, as it says; null where it does not. */
  keptS: number | null = null

  constructor(method: HttpRequest['method']) {
    this.#method = method
  }

  get done(): boolean {
    return this.#phase === 'done'
  }

  /** Takes the first `length` bytes. @throws Error where they are no HTTP/1.1 answer. */
  read(bytes: Buffer, length: number): void {
    let at = 0
    while (at < length) {
      switch (this.#phase) {
        case 'head':
          at = this.#readHead(bytes, at, length)
          break
        case 'counted':
        case 'chunk':
          at = this.#skip(at, length)
          break
        case 'chunk size':
          at = this.#readLine(bytes, at, length, (line) => this.#startChunk(line))
          break
        case 'trailers':
          at = this.#readLine(bytes, at, length, (line) => {
            if (line === '') this.#phase = 'done'
          })
          break
        case 'until close':
          return
        case 'done':
          throw new Error('the server sent more than it was asked for')
      }
    }
  }

  /** The server closed the connection. @throws Error where the answer is not complete. */
  end(): void {
    if (this.#phase === 'until close') this.#phase = 'done'
    if (this.#phase !== 'done') throw new Error('the connection was closed before the answer was complete')
  }

  #readHead(bytes: Buffer, from: number, length: number): number {
    const before = this.#text.length
    this.#text += bytes.toString('latin1', from, length)
    const end = this.#text.indexOf('\r\n\r\n', Math.max(0, before - 3))
    if ((end < 0 ? this.#text.length : end) > MAX_HEAD_LENGTH)
      throw new Error('the head of the answer is too long')
    if (end < 0) return length
    const head = this.#text.slice(0, end)
    this.#text = ''
    this.#takeHead(head)
    return from + end + 4 - before
  }

  #takeHead(head: string): void {
    const status = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |\r|$)/.exec(head)
    if (!status) throw new Error('the answer is not HTTP/1.1')
    const code = Number(status[2])
    // Informational: the answer itself follows (RFC 9110, section 15.2).
    if (code < 200) return
    this.answer.status = code
    if (status[1] === '0') this.reusable = false
    let lengthText: string | null = null
    let coding: string | null = null
    for (let at = head.indexOf('\r\n'); at >= 0; ) {
      const next = head.indexOf('\r\n', at + 2)
      const line = next < 0 ? head.slice(at + 2) : head.slice(at + 2, next)
      at = next
      const colon = line.indexOf(':')
      const value = line.slice(colon + 1).trim()
      switch (line.slice(0, colon).toLowerCase()) {
        case 'content-length':
          if (lengthText !== null && lengthText !== value) throw new Error('the answer has two lengths')
          lengthText = value
          break
        case 'transfer-encoding':
          coding = value.toLowerCase()
          break
        case 'connection':
          this.#takeConnection(value.toLowerCase())
          break
        case 'keep-alive':
          this.keptS = numberOf(/timeout=(\d+)/.exec(value)?.[1])
          break
        case 'x-instance':
          this.answer.server ||= value
          break
        case 'x-block-ms':
          this.answer.blockingMs ??= numberOf(value)
          break
        case 'x-cpu-ms':
          this.answer.cpuMs ??= numberOf(value)
          break
        case 'x-served':
          this.answer.served ??= numberOf(value)
          break
      }
    }
    this.#startBody(code, coding, lengthText)
  }

  #takeConnection(value: string): void {
    if (/\bclose\b/.test(value)) this.reusable = false
    else if (/\bkeep-alive\b/.test(value)) this.reusable = true
  }

  #startBody(status: number, coding: string | null, lengthText: string | null): void {
    if (this.#method === 'HEAD' || status === 204 || status === 304) this.#phase = 'done'
    else if (coding !== null) this.#phase = /\bchunked$/.test(coding) ? 'chunk size' : 'until close'
    else if (lengthText !== null) this.#startCounted(lengthText)
    else this.#phase = 'until close'
    if (this.#phase === 'until close') this.reusable = false
  }

  #startCounted(lengthText: string): void {
    if (!/^\d{1,15}$/.test(lengthText)) throw new Error('the length of the answer is no number')
    this.#left = Number(lengthText)
    this.#phase = this.#left === 0 ? 'done' : 'counted'
  }

  #startChunk(line: string): void {
    const size = /^([0-9a-f]{1,12})[ \t]*(?:;|$)/i.exec(line)
    if (!size) throw new Error('a chunk of the answer has no size')
    const bytes = Number.parseInt(size[1]!, 16)
    this.#left = bytes + 2 // the line end after its data
    this.#phase = bytes === 0 ? 'trailers' : 'chunk'
  }

  #skip(at: number, length: number): number {
    const taken = Math.min(this.#left, length - at)
    this.#left -= taken
    if (this.#left === 0) this.#phase = this.#phase === 'chunk' ? 'chunk size' : 'done'
    return at + taken
  }

  #readLine(bytes: Buffer, from: number, length: number, take: (line: string) => void): number {
    const end = bytes.indexOf(10, from)
    const whole = end >= 0 && end < length
    this.#text += bytes.toString('latin1', from, whole ? end : length)
    if (this.#text.length > MAX_HEAD_LENGTH) throw new Error('a line of the answer is too long')
    if (!whole) return length
    const line = this.#text.replace(/\r$/, '')
    this.#text = ''
    take(line)
    return end + 1
  }
}

/** null where it is missing or says no number. */
function numberOf(text: string | undefined): number | null {
  const value = text ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : null
}

import { connect, type Socket, type TcpSocketConnectOpts } from 'node:net'
import { monotonicMs } from '../../base/clock.ts'
import { type Answer, AnswerParser } from './answerParser.ts'
import type { HttpRequest } from './requests.ts'

/** One request and its answer. */
export interface Exchange {
  method: HttpRequest['method']
  /** The whole request as it goes out. */
  text: string
  /** Called once, unless it is given up first. */
  onAnswer: (answer: Answer) => void
}

export interface ConnectionHooks {
  /** It may serve another request, or, closed, never will. Called before the answer is delivered. */
  onFree: (connection: Connection) => void
  onClosed: (connection: Connection) => void
}

/** How long an idle connection is kept: below the time after which the proxy closes it, so that no request meets a closing one. */
const KEPT_MS = 4000
/** A server that says when it closes means its own clock. */
const KEPT_MARGIN_MS = 1000

/**
 * What all connections read into: Node fills it and hands it out in one go, and the parser keeps nothing of it. So
 * an answer makes no buffer, and a thousand open connections need none.
 */
const INPUT = Buffer.allocUnsafe(65_536)

/*
 * A kept-alive connection for one request at a time. What must stay true: #exchange is set from `send` until its
 * answer was delivered or it was given up; and whoever clears it decides the connection's fate.
 */
export class Connection {
  readonly #socket: Socket
  readonly #hooks: ConnectionHooks
  #exchange: Exchange | null = null
  #parser: AnswerParser | null = null
  #error: Error | null = null
  /** On base/clock.ts' axis: when it is too old to be used. */
  expiresMs = Number.POSITIVE_INFINITY

  constructor(address: TcpSocketConnectOpts, hooks: ConnectionHooks) {
    this.#hooks = hooks
    this.#socket = connect({
      ...address,
      noDelay: true,
      onread: {
        buffer: INPUT,
        callback: (length) => {
          this.#read(length)
          return true
        },
      },
    })
    this.#socket.on('error', (error) => {
      this.#error = error
    })
    this.#socket.on('close', () => this.#onClose())
  }

  get closed(): boolean {
    return this.#socket.destroyed || this.#socket.readableEnded
  }

  /** Only while there is no other exchange. */
  send(exchange: Exchange): void {
    this.#exchange = exchange
    this.#parser = new AnswerParser(exchange.method)
    this.#socket.write(exchange.text, 'utf8')
  }

  /** If that is the present one: an answer that still comes must not be taken for the next request's. */
  giveUp(exchange: Exchange): void {
    if (this.#exchange !== exchange) return
    this.#exchange = null
    this.destroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #read(length: number): void {
    const parser = this.#parser
    if (!this.#exchange || !parser) return this.destroy() // unasked for
    try {
      parser.read(INPUT, length)
    } catch (error) {
      this.#error = error as Error
      return this.destroy()
    }
    if (parser.done) this.#complete(parser)
  }

  #complete(parser: AnswerParser): void {
    const { onAnswer } = this.#exchange!
    this.#exchange = null
    this.#parser = null
    const keptMs = Math.min(KEPT_MS, parser.keptS === null ? KEPT_MS : parser.keptS * 1000 - KEPT_MARGIN_MS)
    this.expiresMs = monotonicMs() + keptMs
    if (parser.reusable && keptMs > 0 && this.#socket.writableLength === 0) this.#hooks.onFree(this)
    else this.destroy()
    onAnswer(parser.answer)
  }

  #onClose(): void {
    this.#hooks.onClosed(this)
    const exchange = this.#exchange
    if (!exchange) return
    this.#exchange = null
    const { answer } = this.#parser!
    try {
      if (this.#error) throw this.#error
      this.#parser!.end()
    } catch (error) {
      answer.error = error as Error
    }
    exchange.onAnswer(answer)
  }
}

import { connect } from 'node:net'
import { after } from '../../base/clock.ts'

/** A command that HAProxy did not carry out: what was asked, and its words. */
export class HaproxyError extends Error {
  readonly command: string
  readonly answer: string
  constructor(problem: { command: string; answer: string; cause?: unknown }) {
    super(`HAProxy, asked "${problem.command}": ${problem.answer}`, { cause: problem.cause })
    this.name = 'HaproxyError'
    this.command = problem.command
    this.answer = problem.answer
  }
}

/**
 * Sends one line to HAProxy's socket and gives back its answer, trimmed (management guide 9.3: without a
 * prompt HAProxy answers one line, whose commands are separated by `;`, and closes).
 * @throws HaproxyError where the socket is not there or no answer comes in time.
 */
export function ask(options: { socketPath: string; command: string; timeoutMs: number }): Promise<string> {
  const { socketPath, command, timeoutMs } = options
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(socketPath)
    const fail = (answer: string, cause?: unknown) => {
      cancelTimer()
      socket.destroy()
      reject(new HaproxyError({ command, answer, cause }))
    }
    const cancelTimer = after(timeoutMs, () => fail(`no answer on ${socketPath} within ${timeoutMs}ms`))
    socket.on('connect', () => socket.end(`${command}\n`))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', (error) =>
      fail(`${socketPath} cannot be reached (${error.message}). Is HAProxy running?`, error),
    )
    socket.on('end', () => {
      cancelTimer()
      resolve(Buffer.concat(chunks).toString('utf8').trim())
    })
  })
}

import { type AddressInfo, createServer } from 'node:net'
import { afterPrecisely, monotonicMs } from '../../base/clock.ts'
import { endMs, type Stalls } from './stalls.ts'

/*
 * A server in a process of its own, for startPeer.ts: it stamps the arrival of each request and answers as `Stalls` says,
 * or at once. HTTP/1.1 without bodies, without pipelining.
 */

export type ToPeer = 'start' | 'report'
export type FromPeer = { port: number } | 'started' | { arrivalsMs: number[] }

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone'
const stalls = JSON.parse(process.argv[2]!) as Stalls | null

let originMs = monotonicMs()
let arrivalsMs: number[] = []
let lastMs = 0
/** Answers that are due, first come first served. */
let due: { atMs: number; answer: () => void }[] = []

function answerDue(): void {
  while (due.length > 0 && due[0]!.atMs <= nowMs()) due.shift()!.answer()
  if (due.length > 0) afterPrecisely(due[0]!.atMs - nowMs(), answerDue)
}

const nowMs = () => monotonicMs() - originMs

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {})
  socket.on('data', (bytes) => {
    if (!bytes.includes('\r\n\r\n')) return
    const arrivalMs = nowMs()
    arrivalsMs.push(arrivalMs)
    const answer = () => void socket.write(ANSWER)
    if (!stalls) return answer()
    lastMs = endMs(stalls, Math.max(arrivalMs, lastMs))
    due.push({ atMs: lastMs, answer })
    if (due.length === 1) afterPrecisely(lastMs - nowMs(), answerDue)
  })
})
server.listen(0, '127.0.0.1', () => tell({ port: (server.address() as AddressInfo).port }))

process.on('message', (message: ToPeer) => {
  if (message === 'report') return tell({ arrivalsMs })
  originMs = monotonicMs()
  arrivalsMs = []
  due = []
  lastMs = 0
  tell('started')
})
process.on('disconnect', () => process.exit())

function tell(message: FromPeer): void {
  process.send!(message)
}

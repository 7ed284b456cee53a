import { type AddressInfo, createServer } from 'node:net'
import { runClock } from '../../base/clock.ts'
import { REQUEST_CLASSES } from '../../traces/trace.ts'
import { generateLoad } from './loadgen.ts'

/** Enough for V8 to have compiled what a request needs, at a rate that a cold process just keeps. */
const REQUESTS = 2000
const RATE_PER_MS = 6

const ANSWER =
  'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Instance: w1\r\nX-Block-Ms: 1.5\r\nX-Cpu-Ms: 0.5\r\n\r\ndone'

/**
 * Makes the generator send some requests to this process itself. In a cold process the first requests are
 * up to 30 ms late, because their code is interpreted; the service must not be asked for this, since it is measured.
 */
export async function warmUp(): Promise<void> {
  // The body of a write comes with its head or soon after, and is no request of its own: one answer for each head.
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      if (bytes.includes('\r\n\r\n')) socket.write(ANSWER)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await generateLoad({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      arrivals: {
        atMs: Float64Array.from({ length: REQUESTS }, (_, i) => i / RATE_PER_MS),
        classes: Array.from({ length: REQUESTS }, (_, i) => REQUEST_CLASSES[i % REQUEST_CLASSES.length]!),
      },
      seed: 0,
      now: runClock(),
      timeoutMs: 5000,
      onDone: () => {},
    })
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
}

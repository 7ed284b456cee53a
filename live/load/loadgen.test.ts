import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { after, runClock, sleep } from '../../base/clock.ts'
import { generateArrivals } from '../../traces/arrivals.ts'
import type { Arrivals, Trace } from '../../traces/trace.ts'
import { type ClientRow, generateLoad, type LoadOptions, type LoadSummary } from './loadgen.ts'
import { prepareObjects } from './prepareObjects.ts'
import { OBJECT_IDS, objectBodies } from './requests.ts'

/** The peer: a real HTTP server on the loopback, and what it saw. */
interface Peer {
  url: string
  seen: { method: string; path: string; id: string; body: string }[]
  /** Connections open now, the most there were at once, and all that there were. */
  connections: { now: number; most: number; all: number }
  close(): Promise<void>
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const BODIES = objectBodies()

const peers: Peer[] = []
afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.close()))
})

async function peerThat(handler: Handler): Promise<Peer> {
  const seen: Peer['seen'] = []
  const connections = { now: 0, most: 0, all: 0 }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      seen.push({
        method: request.method!,
        path: request.url!,
        id: String(request.headers['x-request-id']),
        body: Buffer.concat(chunks).toString(),
      })
      handler(request, response)
    })
  })
  server.on('connection', (socket) => {
    connections.all++
    connections.most = Math.max(connections.most, ++connections.now)
    socket.on('close', () => connections.now--)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const peer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    connections,
    close: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  peers.push(peer)
  return peer
}

const answer =
  (status: number, headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    void response.writeHead(status, headers).end('done')
const never: Handler = () => {}

function loadOf(part: Partial<Trace> & { ratePerS: number }): Arrivals {
  const { ratePerS, ...rest } = part
  const load = { kind: 'rate', points: [{ atMs: 0, ratePerS }] } as const
  const mix = { read: 6, write: 2, list: 1, compress: 1 }
  return generateArrivals(
    { name: 'x', description: '', load, process: 'poisson', mix, durationMs: 1000, ...rest },
    1,
  )
}

/** Runs the load and checks what holds for every run: each sent request has one row, and the sums agree. */
async function run(
  url: string,
  arrivals: Arrivals,
  part: Partial<LoadOptions> = {},
): Promise<{ rows: ClientRow[]; summary: LoadSummary }> {
  const rows: ClientRow[] = []
  const summary = await generateLoad({
    url,
    arrivals,
    seed: 7,
    now: runClock(),
    timeoutMs: 5000,
    onDone: (row) => rows.push(row),
    ...part,
  })
  rows.sort((a, b) => a.index - b.index)
  expect(rows.map((row) => row.index)).toEqual(Array.from({ length: summary.sent }, (_, i) => i))
  expect(summary.sent + summary.notSent).toBe(arrivals.atMs.length)
  expect(summary.done + summary.byOutcome.unanswered).toBe(summary.sent)
  for (const row of rows) {
    expect(row.intendedMs).toBe(arrivals.atMs[row.index])
    expect(row.class).toBe(arrivals.classes[row.index])
    expect(row.sentMs).toBeGreaterThanOrEqual(row.intendedMs)
    if (row.doneMs !== null) expect(row.doneMs).toBeGreaterThanOrEqual(row.sentMs)
  }
  return { rows, summary }
}

const latencyMs = (row: ClientRow) => row.doneMs! - row.intendedMs

test('each request of the trace arrives once, in order, as its class says', async () => {
  const peer = await peerThat(answer(200))
  const arrivals = loadOf({ ratePerS: 150 })
  const { summary } = await run(peer.url, arrivals)
  expect(summary.byOutcome.ok).toBe(arrivals.atMs.length)
  expect(peer.seen.map(({ id }) => Number(id)).sort((a, b) => a - b)).toEqual(
    Array.from(arrivals.atMs, (_, i) => i),
  )
  for (const { id, method, body, path } of peer.seen) {
    const isWrite = arrivals.classes[Number(id)] === 'write'
    expect(method).toBe(isWrite ? 'PUT' : 'GET')
    expect(body).toBe(isWrite ? BODIES.get(path.slice('/objs/'.length)) : '')
  }
})

test('each request asks for its own delay where the run has one for it', async () => {
  const seen: Record<string, unknown> = {}
  const peer = await peerThat((request, response) => {
    seen[request.headers['x-request-id'] as string] = request.headers['x-delay-ms']
    answer(200)(request, response)
  })
  const arrivals = loadOf({ ratePerS: 5 })
  const delayMs = Float64Array.from(arrivals.atMs, (_, i) => (i === 1 ? Number.NaN : 10.5 + i))
  await run(peer.url, arrivals, { delayMs })
  expect(seen[0]).toBe('10.500')
  expect(seen[1]).toBeUndefined()
  expect(seen[2]).toBe('12.500')
})

test('what the answer says of itself is in the row, and null where it says nothing', async () => {
  const headers = { 'X-Instance': 'w3', 'X-Block-Ms': '102.5', 'X-Cpu-Ms': '0.25' }
  const known = await run((await peerThat(answer(200, headers))).url, loadOf({ ratePerS: 5 }))
  expect(known.rows[0]).toMatchObject({ server: 'w3', blockingMs: 102.5, cpuMs: 0.25, status: 200 })
  const odd = await peerThat(answer(200, { 'X-Block-Ms': 'much', 'X-Cpu-Ms': ' ' }))
  const unknown = await run(odd.url, loadOf({ ratePerS: 5 }))
  expect(unknown.rows[0]).toMatchObject({ server: '', blockingMs: null, cpuMs: null })
})

test.each<[string, Handler, Partial<ClientRow>]>([
  ['a redirection is ok', answer(302), { outcome: 'ok', status: 302 }],
  ['429 is a rejection', answer(429), { outcome: 'rejected', status: 429 }],
  ['404 is a failure', answer(404), { outcome: 'failed', status: 404 }],
  ['503 is a failure', answer(503), { outcome: 'failed', status: 503 }],
  [
    'a connection that breaks without an answer is a failure',
    (request) => request.socket.destroy(),
    { outcome: 'failed', status: 0 },
  ],
  [
    'and so is one that breaks within the answer',
    (request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half', () => request.socket.destroy())
    },
    { outcome: 'failed', status: 200 },
  ],
])('%s', async (_sentence, handler, expected) => {
  const { rows } = await run((await peerThat(handler)).url, loadOf({ ratePerS: 30 }))
  expect(rows.length).toBeGreaterThan(10)
  for (const row of rows) expect(row).toMatchObject(expected)
})

test('a refused connection is a failure without a status', async () => {
  const gone = await peerThat(never)
  await gone.close()
  const { rows } = await run(gone.url, loadOf({ ratePerS: 30 }))
  for (const row of rows) expect(row).toMatchObject({ outcome: 'failed', status: 0, server: '' })
})

test('a server that stops for a second shows all of it (no coordinated omission)', async () => {
  const now = runClock()
  const peer = await peerThat((request, response) => {
    const isStopped = now() >= 1000 && now() < 2000
    after(isStopped ? 2000 - now() : 0, () => answer(200)(request, response))
  })
  const arrivals = loadOf({ ratePerS: 100, process: 'even', durationMs: 3000 })
  const { rows } = await run(peer.url, arrivals, { now })
  const stopped = rows.filter(({ intendedMs }) => intendedMs >= 1000 && intendedMs < 2000)
  expect(stopped.length).toBe(100)
  // The truth is known: each waits until the end of the stop.
  for (const row of stopped) expect(Math.abs(row.doneMs! - 2000)).toBeLessThan(150)
  expect(rows.filter((row) => latencyMs(row) > 500).length / 50).toBeCloseTo(1, 0)
  expect(Math.max(...rows.map(latencyMs))).toBeGreaterThan(900)
})

test('no request waits for another one: as many connections as there are requests open', async () => {
  const now = runClock()
  const peer = await peerThat((request, response) => after(700 - now(), () => answer(200)(request, response)))
  const arrivals = loadOf({ ratePerS: 400, durationMs: 500 })
  const { summary } = await run(peer.url, arrivals, { now })
  expect(summary.byOutcome.ok).toBe(arrivals.atMs.length)
  expect(peer.connections.most).toBe(arrivals.atMs.length)
})

test('connections are kept and used again', async () => {
  const peer = await peerThat(answer(200))
  const { summary } = await run(peer.url, loadOf({ ratePerS: 40, process: 'even' }))
  expect(summary.sent).toBe(40)
  expect(peer.connections.most).toBeLessThan(10)
})

test.each([
  ['a server that closes after each answer', answer(200, { connection: 'close' })],
  ['one that will close before a connection is needed again', answer(200, { 'keep-alive': 'timeout=1' })],
  [
    'one whose answer ends with the connection',
    (request: IncomingMessage) => void request.socket.end('HTTP/1.1 200 OK\r\n\r\nbody'),
  ],
])('%s gets a new connection for each request', async (_what, handler) => {
  const peer = await peerThat(handler)
  const { summary } = await run(peer.url, loadOf({ ratePerS: 100, durationMs: 200 }))
  expect(summary.byOutcome.ok).toBe(summary.sent)
  expect(peer.connections.all).toBe(summary.sent)
})

test('connections that a burst left are closed after a while, before the server closes them', async () => {
  const peer = await peerThat(answer(200, { 'keep-alive': 'timeout=2' }))
  const arrivals: Arrivals = { atMs: Float64Array.of(0, 0, 0, 1800), classes: Array(4).fill('read') }
  const finished = run(peer.url, arrivals)
  await sleep(500)
  expect(peer.connections.now).toBe(3)
  await sleep(1200)
  expect(peer.connections.now).toBe(0)
  expect((await finished).summary.byOutcome.ok).toBe(4)
})

test('without dozing the same is sent', async () => {
  const arrivals = loadOf({ ratePerS: 400, durationMs: 300 })
  const { rows, summary } = await run((await peerThat(answer(200))).url, arrivals, { spin: true })
  expect(summary.byOutcome.ok).toBe(arrivals.atMs.length)
  expect(rows.map(({ class: name }) => name)).toEqual(arrivals.classes)
})

test('the time-out counts from the intended time and takes the request back', async () => {
  const peer = await peerThat(never)
  const { rows, summary } = await run(peer.url, loadOf({ ratePerS: 60 }), { timeoutMs: 300 })
  expect(summary.byOutcome.timeout).toBe(summary.sent)
  for (const row of rows) {
    expect(latencyMs(row)).toBeGreaterThanOrEqual(300)
    expect(latencyMs(row)).toBeLessThan(400)
    expect(row).toMatchObject({ status: 0, server: '' })
  }
  await sleep(50)
  expect(peer.connections.now).toBe(0)
})

test('a request whose whole time-out passed before its turn is sent late and given up, not dropped', async () => {
  const peer = await peerThat(never)
  const now = runClock()
  const arrivals: Arrivals = { atMs: Float64Array.of(0, 1), classes: ['read', 'read'] }
  const { summary } = await run(peer.url, arrivals, { now: () => now() + 1000, timeoutMs: 100 })
  expect(summary.byOutcome.timeout).toBe(2)
  expect(summary.lateness!.max).toBeGreaterThan(900)
})

describe('abort', () => {
  test('delivers every row once, counts what was not sent and leaves nothing open', async () => {
    const before = process.getActiveResourcesInfo().length
    const peer = await peerThat((request, response) => {
      if (Number(request.headers['x-request-id']) % 2) answer(200)(request, response)
    })
    const controller = new AbortController()
    after(500, () => controller.abort())
    const arrivals = loadOf({ ratePerS: 100, durationMs: 60_000 })
    const { rows, summary } = await run(peer.url, arrivals, { signal: controller.signal })
    const due = arrivals.atMs.filter((at) => at < 500).length
    expect(Math.abs(summary.sent - due)).toBeLessThan(15)
    expect(summary.notSent).toBeGreaterThan(5000)
    for (const { index, outcome, doneMs } of rows.slice(0, -10)) {
      expect(outcome).toBe(index % 2 ? 'ok' : 'unanswered')
      expect(doneMs === null).toBe(outcome === 'unanswered')
    }
    await sleep(50)
    expect(peer.connections.now).toBe(0)
    await peer.close()
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before)
  })

  test('before the start sends nothing', async () => {
    const peer = await peerThat(answer(200))
    const { summary } = await run(peer.url, loadOf({ ratePerS: 50 }), { signal: AbortSignal.abort() })
    expect(summary).toMatchObject({ sent: 0, done: 0, lateness: null })
    expect(peer.seen).toEqual([])
  })
})

test('an error in onDone ends the load with that error', async () => {
  const peer = await peerThat(answer(200))
  const onDone = () => {
    throw new Error('disk full')
  }
  await expect(run(peer.url, loadOf({ ratePerS: 50 }), { onDone })).rejects.toThrow('disk full')
})

test('a target elsewhere is refused before anything is sent', async () => {
  await expect(run('http://192.0.2.1:80', loadOf({ ratePerS: 1 }))).rejects.toThrow('--own-target')
})

describe('prepareObjects', () => {
  test('puts every object, in spite of some refusals', async () => {
    let calls = 0
    const peer = await peerThat((request, response) => answer(++calls % 3 ? 201 : 429)(request, response))
    await prepareObjects({ url: peer.url, pauseMs: 1 })
    const ids = new Set(peer.seen.map(({ path }) => path.slice('/objs/'.length)))
    expect([...ids]).toEqual(OBJECT_IDS)
    expect(peer.seen.every(({ path, body }) => body === BODIES.get(path.slice('/objs/'.length)))).toBe(true)
  })

  test.each<[string, Handler, string]>([
    ['refuses', answer(503), 'status 503'],
    ['is silent', never, 'no answer within 30ms'],
  ])('says so where the service %s', async (_what, handler, problem) => {
    const { url } = await peerThat(handler)
    await expect(prepareObjects({ url, attempts: 2, pauseMs: 1, timeoutMs: 30 })).rejects.toMatchObject({
      exitCode: 3,
      message: `The service at ${url} did not take PUT /objs/obj-000 in 2 attempts: ${problem}. To mend it: see \`live status\`, and start it with \`live up\``,
    })
  })
})

import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestBed } from './haproxyTestBed.ts'

/** A client chooses its X-Request-Id. Whatever it is, it makes one line, and never a line of another request. */

let bed: TestBed
beforeAll(async () => {
  bed = await TestBed.start({})
  await bed.readyBackends(['a'])
})
afterAll(() => bed?.close())

function send(id: Buffer): Promise<string> {
  const head = Buffer.from('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: ')
  return new Promise((resolve) => {
    const socket = connect(bed.port, '127.0.0.1')
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => {})
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1').split('\r\n')[0]!))
    socket.write(Buffer.concat([head, id, Buffer.from('\r\n\r\n')]))
  })
}

/** What another request's line would look like. */
const FORGED = 'request\t200\ta\t0\t0\t0\t0\t--\tvictim'

const IDS: [what: string, id: Buffer][] = [
  ['tabs', Buffer.from(`x\t${FORGED}`)],
  ['a line feed', Buffer.from(`x\n${FORGED}`)],
  ['a carriage return', Buffer.from(`x\r${FORGED}`)],
  ['both, as a header of its own', Buffer.from(`x\r\n${FORGED}`)],
  ['both, as a folded header', Buffer.from(`x\r\n ${FORGED}`)],
  ['a line separator of Unicode', Buffer.from(`x\u2028${FORGED}\u2029\u0085`)],
  ['quotes, escapes and formats', Buffer.from('x"\'\\n\\t%0a%[date] %s\x1b[2K')],
  ['no UTF-8', Buffer.from([0x78, 0xff, 0xfe, 0xc0, 0x8a, 0x80])],
  [
    'all control characters but NUL, CR and LF',
    Buffer.from([...Array(32).keys()].filter((c) => c !== 0 && c !== 10 && c !== 13)),
  ],
  ['NUL', Buffer.from(`x\0${FORGED}`)],
  ['nothing', Buffer.from('')],
  ['a dash', Buffer.from('-')],
  ['4000 characters', Buffer.from('x'.repeat(4000))],
]

it.each(IDS)('an id with %s', async (_what, id) => {
  const { log } = bed.haproxy
  const before = bed.entries.length
  await send(id)
  await bed.settle()
  const entries = bed.entries.slice(before)
  expect(entries).toHaveLength(1)
  expect([log.malformed, log.remarks]).toEqual([0, 0])
  for (const entry of entries) {
    expect(entry.id).not.toBe('victim')
    // 503 where the backend, which is a simple one, ended at it.
    expect([200, 400, 503]).toContain(entry.status)
  }
})

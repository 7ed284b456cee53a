import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, openPodmanTestBed, type PodmanTestBed } from '../engine/podmanTestBed.ts'

/** What a hostile client or a hostile neighbour in the store can make of the web application: an answer of 4xx or 507. */

let bed: PodmanTestBed
let url: string
/** Takes three objects. */
let small: string

beforeAll(async () => {
  bed = await openPodmanTestBed()
  ;[url, small] = await Promise.all([
    bed.run(bed.instance('app')),
    bed.run(bed.instance('small', { MAX_OBJECTS: '3' })),
  ])
})
afterAll(() => bed?.close())

const name = (instance: string) => `${bed.network}-${instance}`
const inside = (program: string) => bed.podman.exec(name('app'), ['python3', '-c', program])

/** Sends bytes as they are; gives back the whole answer. */
function raw(to: string, ...parts: (string | Buffer)[]): Promise<string> {
  const { hostname, port } = new URL(to)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => {})
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    for (const part of parts) socket.write(part)
  })
}

/** To what is no HTTP the answer has no status line, as in HTTP 0.9, and the page says it. */
const statusOf = (answer: string) =>
  Number(/^HTTP\/1\.[01] (\d{3})|Error code: (\d{3})/.exec(answer)?.slice(1).join(''))

test.each([
  '/objs/%2e%2e',
  '/objs/%2e%2e%2fstore.py',
  '/objs/%252e%252e%252fetc',
  '/objs/%c0%ae%c0%ae%c0%afetc%c0%afpasswd', // overlong forms of "../etc/passwd"
  '/objs/..%5c..%5cetc',
  '/objs/a%00.txt',
  '/objs/%00',
  '/objs/a%0d%0aX-Evil:%201',
  '/objs/%e2%80%ae',
  '/objs//etc/passwd',
])('an id that is not one: %s', expectRefused)
test('an id of 30 kB', () => expectRefused(`/objs/${'a'.repeat(30_000)}`))

async function expectRefused(path: string): Promise<void> {
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const { status, headers } = await ask(url, method, path, method === 'PUT' ? 'x' : undefined)
    expect(status).toBe(400)
    expect(headers).not.toHaveProperty('x-evil')
  }
}

test('nothing has left the store, and nothing is in it that was refused', async () => {
  expect((await ask(url, 'GET', '/')).text).toBe('[]\n')
})

test('a link in the store is no object, for reading and for writing', async () => {
  await inside(`import os; os.symlink('/etc/passwd', '/store/link')`)
  expect((await ask(url, 'GET', '/objs/link')).status).toBe(404)
  expect((await ask(url, 'GET', '/objs/link/compress')).status).toBe(404)
  await ask(url, 'PUT', '/objs/link', 'own')
  expect((await ask(url, 'GET', '/objs/link')).text).toBe('own')
  await ask(url, 'DELETE', '/objs/link')
})

test('a full store answers 507 to a new object, and takes the old ones again', async () => {
  for (const id of ['a', 'b', 'c']) expect((await ask(small, 'PUT', `/objs/${id}`, 'x')).status).toBe(201)
  const { status, text } = await ask(small, 'PUT', '/objs/d', 'x')
  expect({ status, text }).toEqual({
    status: 507,
    text: expect.stringContaining('store: expected at most 3 objects'),
  })
  expect((await ask(small, 'PUT', '/objs/c', 'y')).status).toBe(200)
  expect((await ask(small, 'DELETE', '/objs/c')).status).toBe(204)
  expect((await ask(small, 'PUT', '/objs/d', 'x')).status).toBe(201)
  await ask(small, 'DELETE', '/')
})

describe('what no HTTP client sends', () => {
  const head = (lines: string[]) => `${['GET /objs/x HTTP/1.1', 'Host: x', ...lines].join('\r\n')}\r\n\r\n`
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
  const chunked = (id: string) => `PUT /objs/${id} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n`

  test.each<[what: string, statuses: number[], parts: () => string[]]>([
    ['a request line of 70 kB', [414], () => [`GET /objs/${'a'.repeat(70_000)} HTTP/1.1\r\n\r\n`]],
    ['a header of 70 kB', [431], () => [head([`X-Big: ${'a'.repeat(70_000)}`])]],
    ['200 headers', [431], () => [head(Array.from({ length: 200 }, (_, i) => `X-${i}: 1`))]],
    ['no request at all', [400], () => ['\x1b[31mred\x1b[0m nonsense "\t" here\r\n\r\n']],
    ['a header without a colon', [404], () => [head(['nonsense'])]],
    ['a chunked body', [201], () => [chunked('chunks'), chunk('ab'), chunk('c'), '0\r\n\r\n']],
    [
      'a chunked body that is too large',
      [413],
      () => [chunked('large'), ...Array<string>(40).fill(chunk('a'.repeat(50_000))), '0\r\n\r\n'],
    ],
    ['a chunk of a negative size', [400, 500], () => [chunked('minus'), '-5\r\nabcde\r\n']],
    [
      'a length that is no number',
      [200, 201, 400],
      () => ['PUT /objs/len HTTP/1.1\r\nContent-Length: -9\r\n\r\n'],
    ],
  ])('%s', async (_what, statuses, parts) => {
    expect(statuses).toContain(statusOf(await raw(url, ...parts())))
    expect((await ask(url, 'GET', '/health')).status).toBe(200)
  })

  test('a delay that is none', async () => {
    const stamped = await bed.run(bed.instance('stamped', { DELAY: 'stamped' }))
    for (const ms of ['9'.repeat(5000), 'nan', 'inf', '1e400', '٣', '0x10', ' ', '1\t2'])
      expect(statusOf(await raw(stamped, head([`X-Delay-Ms: ${ms}`])))).toBe(400)
  })
})

test('a client that says nothing, or half a request, holds the only thread for the time-out and no longer', async () => {
  const silent = raw(url, 'PUT /objs/slow HTTP/1.1\r\nContent-Length: 5\r\n\r\nab')
  const { status } = await ask(url, 'GET', '/health')
  expect(status).toBe(200)
  await silent
})

test('what it printed has no control character that a client could have sent', async () => {
  const log = await bed.podman.logs(name('app'))
  expect(log.replaceAll(/[\n\t]/g, '')).not.toMatch(/\p{Cc}/u)
})

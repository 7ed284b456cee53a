import { type IncomingMessage, request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AnswerParser } from './answerParser.ts'

/** What the parser makes of an answer that comes in these pieces, after which the connection is closed. */
function parse(pieces: readonly string[], method: 'GET' | 'HEAD' = 'GET') {
  const parser = new AnswerParser(method)
  try {
    for (const piece of pieces) parser.read(Buffer.from(piece, 'latin1'), piece.length)
    parser.end()
  } catch (error) {
    return { status: parser.answer.status, error: (error as Error).message }
  }
  return { ...parser.answer, reusable: parser.reusable, keptS: parser.keptS }
}

const head = (...lines: string[]) => ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n')
const OK = {
  status: 200,
  server: '',
  blockingMs: null,
  cpuMs: null,
  served: null,
  error: null,
  reusable: true,
  keptS: null,
}

const WHOLE: [string, string, object][] = [
  ['a counted body', `${head('Content-Length: 4')}done`, OK],
  ['no body', head('content-length:0'), OK],
  [
    'chunks, one with an extension',
    `${head('Transfer-Encoding: chunked')}4;a=b\r\ndone\r\n1A\r\n${'x'.repeat(26)}\r\n0\r\n\r\n`,
    OK,
  ],
  ['trailers', `${head('Transfer-Encoding: gzip, chunked')}0\r\nA: b\r\n\r\n`, OK],
  ['a body until the connection closes', `${head('A: b')}done`, { ...OK, reusable: false }],
  [
    'an informational answer first',
    `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${head('Content-Length: 0')}`,
    OK,
  ],
  ['HTTP/1.0', 'HTTP/1.0 404 No\r\nContent-Length: 1\r\n\r\nx', { ...OK, status: 404, reusable: false }],
  ['a status of no reason', 'HTTP/1.1 204\r\n\r\n', { ...OK, status: 204 }],
  ['a server that closes', head('Connection: close', 'Content-Length: 0'), { ...OK, reusable: false }],
  [
    'what the service says of itself, whatever the case',
    head(
      'x-instance: w3',
      'X-BLOCK-MS: 102.5',
      'X-Cpu-Ms:0.25',
      'X-Served: 17',
      'Keep-Alive: timeout=5, max=9',
      'Content-Length: 0',
    ),
    { ...OK, server: 'w3', blockingMs: 102.5, cpuMs: 0.25, served: 17, keptS: 5 },
  ],
  ['what is no number', head('X-Block-Ms: much', 'X-Cpu-Ms: ', 'Content-Length: 0'), OK],
]

describe.each(WHOLE)('%s', (_what, text, expected) => {
  test('is read in one piece, and alike however it is cut', () => {
    expect(parse([text])).toEqual(expected)
    expect(parse([...text])).toEqual(expected)
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 6 })
    fc.assert(
      fc.property(cuts, (at) => {
        const edges = [0, ...at.sort((a, b) => a - b), text.length]
        const pieces = edges.slice(1).map((end, i) => text.slice(edges[i], end))
        expect(parse(pieces)).toEqual(expected)
      }),
      { numRuns: 50 },
    )
  })

  test("has the status that Node's own client sees", async () => {
    const server = createServer((socket) => socket.once('data', () => socket.end(text, 'latin1')))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }, resolve)
        .on('error', reject)
        .end()
    })
    for await (const _ of answer);
    server.close()
    expect(parse([text]).status).toBe(answer.statusCode)
  })
})

test.each([
  ['something else than HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', /not HTTP/],
  ['HTTP/2 in plain', 'HTTP/2 200\r\n\r\n', /not HTTP/],
  ['two lengths', head('Content-Length: 1', 'Content-Length: 2'), /two lengths/],
  ['a length that is none', head('Content-Length: -1'), /no number/],
  ['a chunk without a size', `${head('Transfer-Encoding: chunked')}zz\r\n`, /no size/],
  ['more than was asked for', `${head('Content-Length: 1')}xHTTP/1.1 200 OK\r\n`, /more than/],
  ['half a body', `${head('Content-Length: 9')}half`, /before the answer was complete/],
  ['half a head', 'HTTP/1.1 200 OK\r\nA: b\r\n', /before the answer was complete/],
  ['a head without end', `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(70_000)}`, /too long/],
  ['nothing', '', /before the answer was complete/],
])('%s is an error', (_what, text, problem) => {
  expect(parse([text]).error).toMatch(problem)
  expect(parse([...text]).error).toMatch(problem)
})

test('the answer to HEAD ends with its head', () => {
  expect(parse([head('Content-Length: 4000')], 'HEAD')).toEqual(OK)
})

test('whatever comes, it ends with an answer or an error', () => {
  const bytes = fc.array(
    fc.constantFrom('HTTP/1.1 ', '200', ' ', '\r\n', '\r\n\r\n', ':', 'Content-Length', '5', 'ff', '\0', 'é'),
  )
  fc.assert(
    fc.property(bytes, (pieces) => void parse(['HTTP/1.1 200 OK\r\n', ...pieces])),
    { numRuns: 500 },
  )
})

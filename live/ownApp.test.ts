import { describe, expect, it } from 'vitest'
import { UserError } from '../base/errors.ts'
import { checkOwnApp, parseRequest } from './ownApp.ts'

describe("a request of one's own", () => {
  it.each([
    ['GET /', { method: 'GET', path: '/', body: null }],
    ['DELETE /a/b?c=%20d', { method: 'DELETE', path: '/a/b?c=%20d', body: null }],
    ['POST /orders {"id": 1, "of": "x"}', { method: 'POST', path: '/orders', body: '{"id": 1, "of": "x"}' }],
  ])('%s', (text, request) => expect(parseRequest(text)).toEqual(request))

  it.each(['', 'GET', '/', 'get /', 'TRACE /', 'GET index.html', 'GET /ä', 'GET /a\r\nX: y'])(
    'refuses %j',
    (text) => expect(() => parseRequest(text)).toThrow(UserError),
  )
})

it.each([
  [{ image: '-x' }, /--image is "-x"/],
  [{ port: 0 }, /--image-port is 0/],
  [{ healthPath: '/a\n  server x' }, /--health-path/],
  [{ healthPath: 'health' }, /--health-path/],
])('%j is refused', (wrong, message) => {
  const app = { image: 'localhost/shop:1', port: 80, request: parseRequest('GET /'), healthPath: '/' }
  expect(() => checkOwnApp(app)).not.toThrow()
  expect(() => checkOwnApp({ ...app, ...wrong })).toThrow(message)
})

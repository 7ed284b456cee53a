import { request } from 'node:http'
import { afterEach, expect, it } from 'vitest'
import { send, serveUi, type UiServer } from './server.ts'

let server: UiServer
afterEach(() => server.close())

const start = async (secret: boolean) => {
  server = await serveUi({
    port: 0,
    secret,
    routes: {
      'GET /': (_, response) => send(response, 'text/plain', 'page'),
      'POST /stop': (_, response) => send(response, 'text/plain', 'stopped'),
    },
  })
  return new URL(server.url)
}

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** With headers that fetch does not let one set. */
function ask(url: URL, path: string, method: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: url.hostname, port: url.port, path, method, headers }, (response) => {
      let body = ''
      response.on('data', (chunk) => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

it('a name that resolves to 127.0.0.1 but is not ours gets nothing', async () => {
  const url = await start(false)
  const answer = await ask(url, '/', 'GET', { Host: 'evil.example' })
  expect(answer).toMatchObject({ status: 403, body: expect.stringContaining('evil.example') })
  expect(await ask(url, '/', 'GET', { Host: url.host })).toMatchObject({ status: 200, body: 'page' })
})

it('only this server’s own pages may change something', async () => {
  const url = await start(false)
  const foreign: Record<string, string>[] = [{}, { Origin: 'http://evil.example' }, { Origin: 'null' }]
  for (const headers of foreign)
    expect(await ask(url, '/stop', 'POST', { Host: url.host, ...headers })).toMatchObject({ status: 403 })
  const own = await ask(url, '/stop', 'POST', { Host: url.host, Origin: `http://${url.host}` })
  expect(own.body).toBe('stopped')
})

it('the token opens the page once and is then a cookie; without either there is nothing', async () => {
  const url = await start(true)
  const host = { Host: url.host }
  expect(await ask(url, '/', 'GET', host)).toMatchObject({ status: 403 })
  expect(await ask(url, '/?token=0', 'GET', host)).toMatchObject({ status: 403 })
  const first = await ask(url, `/${url.search}`, 'GET', host)
  expect(first).toMatchObject({ status: 303, headers: { location: '/' } })
  const [cookie] = first.headers['set-cookie'] as string[]
  expect(cookie).toContain('HttpOnly; SameSite=Strict')
  const next = await ask(url, '/', 'GET', { ...host, Cookie: cookie!.split(';')[0]! })
  expect(next.body).toBe('page')
})

it('a port that is taken is said, with the option that mends it', async () => {
  const url = await start(false)
  await expect(serveUi({ port: Number(url.port), secret: false, routes: {} })).rejects.toThrow(
    `port ${url.port} on 127.0.0.1 is taken. Choose another one with --ui-port`,
  )
})

it('an unknown path and a failing route are told, in the page’s own words', async () => {
  const url = await start(false)
  expect(await ask(url, '/x', 'GET', { Host: url.host })).toMatchObject({
    status: 404,
    body: 'nothing here: GET /x\n',
  })
})

it('a hostile request is refused, and the server goes on', async () => {
  const url = await start(true)
  const host = { Host: url.host }
  const upgrade = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': 'x',
    Origin: 'http://evil.example',
  }
  const rows: [path: string, method: string, headers: Record<string, string>, status: number][] = [
    ['//:', 'GET', host, 400],
    ['http://[/', 'GET', host, 400],
    [`/?token=${'%C3%A9'.repeat(32)}`, 'GET', host, 403],
    ['/', 'GET', { ...host, Cookie: `scaletwin-${url.port}=${'ö'.repeat(32)}` }, 403],
    [`/${url.search}0`, 'GET', host, 403],
    ['/', 'GET', { ...host, ...upgrade }, 403],
    [`/${url.search}`, 'POST', { ...host, ...upgrade }, 403],
    [`/../../etc/passwd${url.search.replace('token', 'x')}`, 'GET', host, 403],
    ['/', 'GET', { ...host, 'X-Big': 'x'.repeat(20_000) }, 431],
    ['/', 'GET', { Host: `evil.example:${url.port}` }, 403],
    ['/', 'GET', { Host: '' }, 403],
  ]
  for (const [path, method, headers, status] of rows)
    expect([path, (await ask(url, path, method, headers)).status]).toEqual([path, status])
  expect((await ask(url, `/${url.search}`, 'GET', host)).status).toBe(303)
})

it('every answer, refusals too, keeps the page to itself: no other origin, no frame, no referrer with the token', async () => {
  const url = await start(true)
  for (const path of ['/', `/${url.search}`, `/x${url.search}`]) {
    const { headers } = await ask(url, path, 'GET', { Host: url.host })
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
    })
    const policy = String(headers['content-security-policy'])
    for (const rule of [
      "default-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ])
      expect(policy).toContain(rule)
    expect(policy).not.toMatch(/unsafe-eval|script-src/)
  }
})

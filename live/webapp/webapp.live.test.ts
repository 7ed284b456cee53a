import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { monotonicMs, sleep } from '../../base/clock.ts'
import { ask, openPodmanTestBed, type PodmanTestBed } from '../engine/podmanTestBed.ts'

let bed: PodmanTestBed
/** Two instances without delay on one store; one that sleeps 100 ms; one that admits 5 requests a minute. */
let one: string
let two: string
let slow: string
let limited: string

beforeAll(async () => {
  bed = await openPodmanTestBed()
  ;[one, two, slow, limited] = await Promise.all([
    bed.run(bed.instance('one')),
    bed.run(bed.instance('two')),
    bed.run(bed.instance('slow', { DELAY: 'constant:100' })),
    bed.run(bed.instance('limited', { RATE_LIMIT: '5 per minute' })),
  ])
})
afterAll(() => bed?.close())

describe('the object store', () => {
  test('every route, in the life of an object, seen through two instances', async () => {
    await ask(one, 'DELETE', '/')
    const steps: [
      url: string,
      method: string,
      path: string,
      body: string | undefined,
      status: number,
      text: unknown,
    ][] = [
      [one, 'GET', '/', undefined, 200, '[]\n'],
      [one, 'GET', '/objs/a', undefined, 404, expect.stringContaining('no object a')],
      [one, 'GET', '/objs/a/compress', undefined, 404, expect.stringContaining('no object a')],
      [one, 'PUT', '/objs/a', 'first', 201, ''],
      [two, 'PUT', '/objs/a', 'zweite Ö', 200, ''],
      [one, 'GET', '/objs/a', undefined, 200, 'zweite Ö'],
      [two, 'PUT', '/objs/B.c_d-1', '', 201, ''],
      [one, 'GET', '/', undefined, 200, '["B.c_d-1", "a"]\n'],
      [two, 'DELETE', '/objs/a', undefined, 204, ''],
      [one, 'DELETE', '/objs/a', undefined, 404, expect.stringContaining('no object a')],
      [one, 'DELETE', '/', undefined, 204, ''],
      [two, 'GET', '/', undefined, 200, '[]\n'],
      [one, 'GET', '/health', undefined, 200, 'ok'],
      [one, 'GET', '/nowhere', undefined, 404, expect.anything()],
      [one, 'POST', '/objs/a', 'x', 405, expect.anything()],
    ]
    for (const [url, method, path, body, status, text] of steps) {
      const answer = await ask(url, method, path, body)
      expect({ method, path, status: answer.status, text: answer.text }).toEqual({
        method,
        path,
        status,
        text,
      })
    }
  })

  test('compress answers bz2 in base64', async () => {
    await ask(one, 'PUT', '/objs/long', 'abc'.repeat(10_000))
    const { text } = await ask(one, 'GET', '/objs/long/compress')
    expect(text.length).toBeLessThan(1000)
    const script = `import base64, bz2; print(bz2.decompress(base64.b64decode("${text}")) == b"abc" * 10000)`
    expect(await bed.podman.exec(name('one'), ['python3', '-c', script])).toEqual({
      exitCode: 0,
      output: 'True\n',
    })
  })

  test('stamped: each request asks for its own delay, and for none without one', async () => {
    const url = await bed.run(bed.instance('stamped', { DELAY: 'stamped' }))
    await ask(url, 'PUT', '/objs/a', 'x')
    const delayOf = async (text?: string) => {
      const headers = text === undefined ? undefined : { 'x-delay-ms': text }
      const answer = await fetch(`${url}/objs/a`, { headers })
      return { status: answer.status, ms: Number(answer.headers.get('x-block-ms')) }
    }
    expect(await delayOf()).toEqual({ status: 200, ms: 0 })
    const { ms } = await delayOf('30.5')
    expect(ms).toBeGreaterThanOrEqual(30.5)
    expect(ms).toBeLessThan(60)
    for (const bad of ['-1', '1e3', 'x', '3600001']) expect((await delayOf(bad)).status).toBe(400)
  })

  test.each([
    '/objs/..',
    '/objs/../../etc/passwd',
    '/objs/..%2f..%2fetc%2fpasswd',
    '/objs/%2fetc%2fpasswd',
    '/objs/.hidden',
    '/objs/-x',
    '/objs/a%2fb',
    '/objs/a%00',
    '/objs/a%0a',
    '/objs/%c3%a4',
    `/objs/${'x'.repeat(129)}`,
    '/objs/../x/compress',
  ])('an id that is not one: %s', async (path) => {
    expect((await ask(one, 'GET', path)).status).toBe(400)
    // No such route for PUT: the last one.
    expect([400, 405]).toContain((await ask(one, 'PUT', path, 'evil')).status)
  })

  test.each([
    { what: 'too large', body: Buffer.alloc(1024 * 1024 + 1, 'a'), status: 413 },
    { what: 'much too large', body: Buffer.alloc(8 * 1024 * 1024, 'a'), status: 413 },
    { what: 'of the largest size', body: Buffer.alloc(1024 * 1024, 'a'), status: 201 },
    { what: 'not UTF-8', body: Buffer.from([0xff, 0xfe]), status: 400 },
  ])('a body that is $what answers $status', async ({ what, body, status }) => {
    expect((await ask(one, 'PUT', `/objs/${what.replaceAll(' ', '-')}`, body)).status).toBe(status)
  })

  test('a reader sees the whole old content or the whole new, and never a temporary file', async () => {
    const contents = ['a', 'b'].map((letter) => letter.repeat(500_000))
    await ask(one, 'PUT', '/objs/atomic', contents[0])
    let writing = true
    const writer = (async () => {
      for (let i = 0; i < 60; i++) await ask(one, 'PUT', '/objs/atomic', contents[i % 2])
      writing = false
    })()
    let reads = 0
    while (writing) {
      expect(contents).toContain((await ask(two, 'GET', '/objs/atomic')).text)
      const ids: string[] = JSON.parse((await ask(two, 'GET', '/')).text)
      expect(ids.filter((id) => !/^[A-Za-z0-9]/.test(id))).toEqual([])
      reads++
    }
    await writer
    expect(reads).toBeGreaterThan(5)
    const left = await bed.podman.exec(name('one'), ['sh', '-c', 'ls -A /store | grep -c "^[.]"'])
    expect(left.output).toBe('0\n')
  })
})

describe('what an answer says of itself', () => {
  test('who gave it, how long it slept and what it computed, on errors too', async () => {
    for (const path of ['/', '/objs/none', '/nowhere', '/objs/.bad', '/health']) {
      const { headers } = await ask(two, 'GET', path)
      expect(headers['x-instance']).toBe('two')
      expect(headers['x-block-ms']).toBe('0.000')
      expect(headers['x-cpu-ms']).toMatch(/^\d+\.\d{3}$/)
    }
  })

  test('how many requests it has taken, errors too, health checks not', async () => {
    const served = async (path: string) => Number((await ask(two, 'GET', path)).headers['x-served'])
    const before = await served('/')
    expect(before).toBeGreaterThan(0)
    expect(await served('/health')).toBe(before)
    expect(await served('/objs/none')).toBe(before + 1)
    expect(await served('/nowhere')).toBe(before + 2)
  })

  test('compression shows as CPU time', async () => {
    await ask(one, 'PUT', '/objs/big', 'scale twin '.repeat(90_000))
    const cpuMs = async (path: string) => Number((await ask(one, 'GET', path)).headers['x-cpu-ms'])
    expect(await cpuMs('/objs/big/compress')).toBeGreaterThan(10 + (await cpuMs('/objs/big')))
  })

  test('the delay is for objects, not for the list and not for /health', async () => {
    const blockMs = async (method: string, path: string, body?: string) =>
      Number((await ask(slow, method, path, body)).headers['x-block-ms'])
    expect(await blockMs('PUT', '/objs/s', 'x')).toBeGreaterThanOrEqual(100)
    expect(await blockMs('GET', '/objs/s')).toBeGreaterThanOrEqual(100)
    expect(await blockMs('GET', '/objs/s/compress')).toBeGreaterThanOrEqual(100)
    expect(await blockMs('DELETE', '/objs/s')).toBeGreaterThanOrEqual(100)
    expect(await blockMs('GET', '/')).toBe(0)
    expect(await blockMs('GET', '/health')).toBe(0)
  })
})

test('one thread: two requests of 100 ms at once take 200 ms', async () => {
  const startMs = monotonicMs()
  await Promise.all([ask(slow, 'GET', '/objs/x'), ask(slow, 'GET', '/objs/y')])
  const tookMs = monotonicMs() - startMs
  expect(tookMs).toBeGreaterThanOrEqual(200)
  expect(tookMs).toBeLessThan(1000)
})

test('the rate limit answers 429 after its last request, to the letter; /health is free', async () => {
  const statuses: number[] = []
  for (let i = 0; i < 5; i++) statuses.push((await ask(limited, 'GET', '/')).status)
  // A large body is read before it is refused: the 429 arrives, and not a broken connection.
  statuses.push((await ask(limited, 'PUT', '/objs/l', 'x'.repeat(900_000))).status)
  statuses.push((await ask(limited, 'GET', '/')).status)
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429])
  for (let i = 0; i < 7; i++) expect((await ask(limited, 'GET', '/health')).status).toBe(200)
})

test('SIGTERM ends it at once, in the middle of a request', async () => {
  const container = bed.instance('term', { DELAY: 'constant:20000' })
  const url = await bed.run(container)
  const { pid } = (await bed.podman.inspect(container.name))!
  const broken = ask(url, 'GET', '/objs/x').catch(() => null)
  await sleep(100)
  const startMs = monotonicMs()
  await bed.podman.kill(container.name, 'SIGTERM')
  while (lives(pid!) && monotonicMs() - startMs < 5000) await sleep(5)
  expect(monotonicMs() - startMs).toBeLessThan(1000)
  expect(await broken).toBeNull()
})

describe('settings', () => {
  test.each([
    ['DELAY=maybe', /^DELAY is 'maybe', expected off, constant:MS/],
    ['DELAY=uniform:200:5', /^DELAY is 'uniform:200:5', expected/],
    ['DELAY=uniform:5', /^DELAY is/],
    ['DELAY=constant:-1', /^DELAY is/],
    ['DELAY=exponential:0', /^DELAY is/],
    ['RATE_LIMIT=many', /^RATE_LIMIT is 'many', expected off or a rate/],
    ['PORT=http', /^PORT is 'http', expected a whole number from 1 to 65535/],
    ['STORE_DIR=/nowhere', /^STORE_DIR is '\/nowhere', expected a directory/],
  ])('%s ends the process with one line', async (setting, line) => {
    const { exitCode, output } = await bed.podman.exec(name('one'), [
      'env',
      setting,
      'python3',
      '/app/app.py',
    ])
    expect(exitCode).toBe(1)
    expect(output).toMatch(line)
    expect(output.trim().split('\n')).toHaveLength(1)
  })

  // Bounds: 5 standard errors of the mean of 20000 draws.
  test.each([
    { delay: 'off', mean: 0, sd: 0 },
    { delay: 'constant:50', mean: 50, sd: 0 },
    { delay: 'uniform:5:200', mean: 102.5, sd: 56.6 },
    { delay: 'exponential:100', mean: 100, sd: 100 },
    { delay: 'lognormal:100:0.5', mean: 100, sd: 50 },
  ])('$delay has mean $mean ms', async ({ delay, mean, sd }) => {
    const script = `import sys; sys.path.insert(0, "/app"); from delay import parse_delay
draw = parse_delay("${delay}"); print(sum(draw() for _ in range(20000)) / 20000)`
    const { output } = await bed.podman.exec(name('one'), ['python3', '-c', script])
    expect(Math.abs(Number(output) - mean)).toBeLessThanOrEqual((5 * sd) / Math.sqrt(20_000))
  })
})

const name = (instance: string) => `${bed.network}-${instance}`

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

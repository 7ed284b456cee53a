import { afterEach, describe, expect, it } from 'vitest'
import { sleep } from '../base/clock.ts'
import { DEFAULT_HEALTH } from '../control/service.ts'
import { type Sent, TestBed } from './proxy/haproxyTestBed.ts'

let bed: TestBed | undefined

afterEach(async () => {
  await bed?.close()
  bed = undefined
})

/** All answered with 200: the sentence that most of these tests end with. */
function expectAllServed(sent: readonly Sent[]) {
  expect(sent.length).toBeGreaterThan(0)
  expect(sent.filter(({ status }) => status !== 200)).toEqual([])
}

/** One line a request: the same ids at both ends, none twice. */
async function expectLogComplete(bed: TestBed, sent: readonly Sent[]) {
  await bed.settle()
  const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id).sort()
  expect(ids(bed.entries)).toEqual(ids(sent))
  expect(bed.haproxy.log.malformed).toBe(0)
}

/** Columns of one server in `show stat`. */
async function statOf(bed: TestBed, name: string): Promise<Record<string, string>> {
  const [header, ...rows] = (await bed.haproxy.command('show stat')).slice(2).split('\n')
  const row = rows.find((row) => row.startsWith(`app,${name},`))!.split(',')
  return Object.fromEntries(header!.split(',').map((column, index) => [column, row[index]!]))
}

describe('the configuration', () => {
  it('is accepted by HAProxy itself, with servers and without', async () => {
    bed = await TestBed.start({ service: { balance: 'first' } })
    const check = ['haproxy', '-c', '-f', '/run/hap/haproxy.cfg']
    expect(await bed.podman('exec', 'proxy', ...check)).toContain('Configuration file is valid')
    await bed.readyBackends(['a'])
    expect(await bed.podman('exec', 'proxy', ...check)).toContain('Configuration file is valid')
  })
})

describe('a new server', () => {
  for (const balance of ['roundrobin', 'leastconn', 'random', 'first'] as const) {
    it(`gets no request before its first passed check (${balance})`, async () => {
      bed = await TestBed.start({ service: { balance } })
      await bed.readyBackends(['a', 'b'])
      // 3 servers' worth of load, so that the new one is needed as soon as it may be used.
      const sent = await bed.loadDuring({ everyMs: 25, ms: 50 }, async () => {
        const late = await bed!.backend('late', { LISTEN_AFTER_MS: 600, HEALTHY_AFTER_MS: 1200 })
        await bed!.haproxy.addServer(late)
        await bed!.haproxy.waitReady('late', { timeoutMs: 10_000 })
        await sleep(500)
      })
      expectAllServed(sent)
      const output = await bed.output('late')
      expect(output).toContain('request')
      expect(output).not.toContain('early')
      expect(await statOf(bed, 'late')).toMatchObject({ econ: '0', eresp: '0', wretr: '0', wredis: '0' })
      await expectLogComplete(bed, sent)
    })
  }

  it('that never answers is an error of waitReady which says what its check found', async () => {
    bed = await TestBed.start({})
    await bed.haproxy.addServer(await bed.backend('deaf', { LISTEN_AFTER_MS: 60_000 }))
    await expect(bed.haproxy.waitReady('deaf', { timeoutMs: 600 })).rejects.toThrow(
      'server deaf was not ready within 600ms: it is down, its last check said L4CON',
    )
    await expect(
      bed.haproxy.waitReady('deaf', { timeoutMs: 600, signal: AbortSignal.abort() }),
    ).rejects.toThrow()
  })

  it('twice is an error with the words of HAProxy', async () => {
    bed = await TestBed.start({})
    const [server] = await bed.readyBackends(['a'])
    await expect(bed.haproxy.addServer(server!)).rejects.toThrow('Already exists a server with the same name')
  })
})

describe('without losing a request', () => {
  for (const dynamicServers of [true, false]) {
    const how = dynamicServers ? 'the Runtime API' : 'reloads, as for an old HAProxy'
    it(`adds, drains and removes servers under load by ${how}`, async () => {
      bed = await TestBed.start({ dynamicServers })
      await bed.readyBackends(['a', 'b'])
      const { haproxy } = bed
      const sent = await bed.loadDuring({ everyMs: 20, ms: 25 }, async () => {
        for (const name of ['c', 'd']) {
          await haproxy.addServer(await bed!.backend(name))
          await haproxy.waitReady(name, { timeoutMs: 10_000 })
        }
        for (const name of ['a', 'c']) {
          expect(await haproxy.drain(name, { timeoutMs: 10_000 })).toEqual({ drained: true, inFlight: 0 })
          await haproxy.removeServer(name)
          await bed!.podman('kill', name)
        }
        await sleep(300)
      })
      expectAllServed(sent)
      expect((await haproxy.servers()).map(({ name }) => name)).toEqual(['b', 'd'])
      await expectLogComplete(bed, sent)
    })
  }

  it('reloads under load, and both workers write the log', async () => {
    bed = await TestBed.start({})
    const servers = await bed.readyBackends(['a', 'b'])
    const sent = await bed.loadDuring({ everyMs: 30, ms: 50 }, async () => {
      for (let round = 0; round < 4; round++) {
        await sleep(300)
        await bed!.haproxy.reload(servers)
      }
      await sleep(300)
    })
    expectAllServed(sent)
    await expectLogComplete(bed, sent)
  })

  it('drains a server that a replaced worker still uses', async () => {
    bed = await TestBed.start({})
    const servers = await bed.readyBackends(['a'])
    const slow = bed.send('slow', { ms: 5000 })
    await sleep(200)
    await bed.haproxy.reload(servers)
    expect((await bed.haproxy.counters()).inFlight).toBe(0)
    expect((await bed.haproxy.drain('a', { timeoutMs: 200 })).inFlight).toBe(1)
    expect(await bed.haproxy.drain('a', { timeoutMs: 20_000 })).toEqual({ drained: true, inFlight: 0 })
    expect((await slow).status).toBe(200)
  })
})

describe('after a restart of HAProxy', () => {
  it('the servers are back by themselves, because the file is kept current', async () => {
    bed = await TestBed.start({})
    const servers = await bed.readyBackends(['a', 'b'])
    await bed.podman('kill', 'proxy')
    await bed.podman('start', 'proxy')
    await bed.haproxy.waitUp({ timeoutMs: 10_000 })
    expectAllServed([await bed.send('at-once')])
    expect(await bed.haproxy.reconcile(servers)).toEqual({ added: [], readied: [], extra: [] })
  })

  it('reconcile brings back what was lost, readies what is in maintenance and drains what is not expected', async () => {
    bed = await TestBed.start({})
    const [a, b, c] = await bed.readyBackends(['a', 'b', 'c'])
    await bed.haproxy.markDown('b')
    await bed.haproxy.command('set server app/a state maint; del server app/a')
    expect(await bed.haproxy.reconcile([a!, b!])).toEqual({ added: ['a'], readied: ['b'], extra: ['c'] })
    for (const { name } of [a!, b!]) await bed.haproxy.waitReady(name, { timeoutMs: 5000 })
    const statuses = (await bed.haproxy.servers()).map(({ name, status }) => [name, status])
    expect(Object.fromEntries(statuses)).toEqual({ a: 'up', b: 'up', [c!.name]: 'drain' })
  })
})

describe('the queue', () => {
  it('is first in, first out with maxconn 1, and the log tells each wait', async () => {
    bed = await TestBed.start({})
    await bed.readyBackends(['a'])
    const sent: Promise<Sent>[] = []
    for (let index = 0; index < 8; index++) {
      sent.push(bed.send(`q${index}`, { ms: 60 }))
      await sleep(5)
    }
    expect(await bed.haproxy.counters()).toMatchObject({ inFlight: 1, queued: 7 })
    const served = await Promise.all(sent)
    expectAllServed(served)
    await bed.settle()
    expect(bed.entries.map(({ id }) => id)).toEqual(served.map(({ id }) => id))
    // Request i starts when i times 60 ms of service are done, and then has its own 60 ms.
    for (const [index, { server, queueMs, totalMs }] of bed.entries.entries()) {
      const laterMs = served[index]!.sentMs - served[0]!.sentMs
      expect(queueMs).toBeGreaterThan(index * 60 - laterMs - 40)
      expect(queueMs).toBeLessThanOrEqual(totalMs - 60 + 2)
      expect(server).toBe('a')
    }
  })

  it('loses a request whose client went away, which never reaches a server', async () => {
    bed = await TestBed.start({})
    await bed.readyBackends(['a'])
    const first = bed.send('first', { ms: 600 })
    await sleep(50)
    const gone = bed.send('gone', { ms: 600, signal: AbortSignal.timeout(150) })
    await sleep(20)
    const last = bed.send('last', { ms: 10 })
    expect((await gone).status).toBe(-1)
    await sleep(50)
    expect((await bed.haproxy.counters()).queued).toBe(1)
    expectAllServed([await first, await last])
    await bed.settle()
    expect(await bed.output('a')).not.toContain('gone')
    expect(bed.entries.find(({ id }) => id === 'gone')).toMatchObject({
      server: '',
      connectMs: -1,
      responseMs: -1,
    })
  })

  it('gives up after the queue time-out with 503', async () => {
    bed = await TestBed.start({ service: { queueTimeoutMs: 200 } })
    await bed.readyBackends(['a'])
    const first = bed.send('first', { ms: 600 })
    await sleep(50)
    expect((await bed.send('second')).status).toBe(503)
    await first
    await bed.settle()
    expect(bed.entries[0]).toMatchObject({ id: 'second', status: 503, server: '', connectMs: -1 })
    expect(bed.entries[0]!.queueMs).toBeGreaterThanOrEqual(200)
  })

  it('without any server is none: 503 at once', async () => {
    bed = await TestBed.start({})
    const sent = await bed.send('nobody')
    expect(sent.status).toBe(503)
    expect(sent.doneMs - sent.sentMs).toBeLessThan(200)
    await bed.settle()
    expect(bed.entries[0]).toMatchObject({ id: 'nobody', status: 503, server: '', queueMs: -1 })
  })
})

describe('a replica that dies', () => {
  // With maxconn, 1 refused connection is enough: HAProxy finds out by itself, markDown only confirms it.
  for (const told of [true, false]) {
    it(`costs no request, ${told ? 'with markDown' : 'even before anybody noticed'}`, async () => {
      bed = await TestBed.start({ health: { ...DEFAULT_HEALTH, intervalMs: 5000 } })
      await bed.readyBackends(['a', 'b', 'c'])
      const sent = await bed.loadDuring({ everyMs: 30, ms: 50 }, async () => {
        await sleep(300)
        await bed!.podman('kill', 'b')
        if (told) await bed!.haproxy.markDown('b')
        await sleep(500)
      })
      expectAllServed(sent)
      await expectLogComplete(bed, sent)
      const b = (await bed.haproxy.servers()).find(({ name }) => name === 'b')
      expect(b?.status).toBe(told ? 'maint' : 'down')
      await bed.haproxy.removeServer('b')
    })
  }
})

describe('how fast', () => {
  it('a log line arrives, a server that listens is up, and show stat answers', async () => {
    bed = await TestBed.start({})
    await bed.readyBackends(['a'])
    const lagsMs: number[] = []
    for (let index = 0; index < 200; index++) {
      const { id, doneMs } = await bed.send(`lag${index}`)
      await sleep(5)
      const entry = bed.entries.find((entry) => entry.id === id)
      if (entry) lagsMs.push(entry.endedMs - doneMs)
    }
    expect(lagsMs.length).toBe(200)

    const upMs: number[] = []
    for (const name of ['m1', 'm2', 'm3', 'm4', 'm5']) {
      await bed.haproxy.addServer(await bed.backend(name, { LISTEN_AFTER_MS: 400 }))
      await bed.haproxy.waitReady(name, { timeoutMs: 10_000 })
      const seenUpMs = performance.timeOrigin + performance.now()
      const listeningS = Number(/listening ([\d.]+)/.exec(await bed.output(name))![1])
      upMs.push(seenUpMs - listeningS * 1000)
    }

    for (let index = 6; index <= 19; index++) {
      await bed.haproxy.addServer({ name: `m${index}`, address: '127.0.0.1', port: 9 })
    }
    const statMs: number[] = []
    for (let index = 0; index < 100; index++) {
      const startMs = bed.now()
      expect((await bed.haproxy.counters()).servers.length).toBe(20)
      statMs.push(bed.now() - startMs)
    }
    const shown = (values: number[]) => {
      const sorted = values.toSorted((a, b) => a - b)
      const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(2)
      return `p50 ${at(0.5)} p95 ${at(0.95)} max ${at(1)}`
    }
    process.stderr.write(`log line after the answer, ms: ${shown(lagsMs)}\n`)
    process.stderr.write(`seen up after listening, ms: ${shown(upMs)}\n`)
    process.stderr.write(`show stat with 20 servers, ms: ${shown(statMs)}\n`)
    expect(lagsMs.toSorted((a, b) => a - b)[100]!).toBeLessThan(50)
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stream } from '../../base/random.ts'
import { autoscaled } from '../../test/support.ts'
import { readTrace } from '../../traces/read.ts'
import { meanOf } from '../distribution.ts'
import { parseModel, readModel } from '../readModel.ts'
import { simulate } from '../run.ts'
import { parseAccessLine } from './accessLog.ts'
import { fitLog, readAccessLog } from './fitLog.ts'

/** Lines of HAProxy's configuration manual, chapters 8.2.3 and 8.5. */
const MANUAL =
  'haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1"'
const WAITED =
  'haproxy[674]: 127.0.0.1:33319 [15/Oct/2003:08:31:57.149] px-http px-http/srv1 6559/100/7/147/6723 200 243 - - ---- 5/3/3/1/0 0/0 "HEAD / HTTP/1.0"'
const KILLED =
  'haproxy[18113]: 127.0.0.1:34549 [15/Oct/2003:15:19:06.103] px-http px-http/<NOSRV> -1/-1/-1/-1/+50001 408 0 - - cR-- 2/2/2/0/0 0/0 ""'

describe('a line of option httplog', () => {
  it('tells the server, its queue and how long it was held: 109 - 10 - 0 ms', () => {
    expect(parseAccessLine(MANUAL)).toEqual({
      server: 'srv1',
      status: 200,
      queueMs: 0,
      heldMs: 99,
      atServer: 1,
    })
  })

  it.each([
    ['behind a syslog prefix', `<134>Feb  6 12:14:14 localhost ${MANUAL}`, 99],
    ['without any prefix', MANUAL.replace('haproxy[14389]: ', ''), 99],
    ['of an IPv6 client', MANUAL.replace('10.0.1.2', '2001:db8::1'), 99],
    ['that waited in the queue', WAITED, 6723 - 6559 - 100],
    ['written before the end (logasap)', MANUAL.replace('/109 ', '/+109 '), null],
    ['whose server did not answer', MANUAL.replace('30/69/109 200', '30/-1/109 504'), null],
    ['with retries after a redispatch', MANUAL.replace('1/1/1/1/0', '1/1/1/1/+3'), 99],
  ])('%s', (_, line, heldMs) => {
    expect(parseAccessLine(line)).toMatchObject({ server: 'srv1', heldMs })
  })

  it('of a request that reached no server', () => {
    expect(parseAccessLine(KILLED)).toEqual({
      server: null,
      status: 408,
      queueMs: null,
      heldMs: null,
      atServer: null,
    })
  })

  it('of a live run', () => {
    expect(parseAccessLine('request\t200\tw2\t40\t1\t99\t142\t--\t7')).toEqual({
      server: 'w2',
      status: 200,
      queueMs: 40,
      heldMs: 102,
      atServer: null,
    })
  })

  it.each([
    '',
    'Server web/srv1 is DOWN',
    '10.0.1.2 - - [06/Feb/2009:12:14:14 +0000] "GET / HTTP/1.1" 200 5',
    MANUAL.replace('30/69/109', '30/69'),
  ])('is not %j', (line) => {
    expect(parseAccessLine(line)).toBeNull()
  })
})

describe('a log', () => {
  const folder = mkdtempSync(join(tmpdir(), 'scaletwin-log-'))
  const path = join(folder, 'access.log')
  const random = stream(3, 'log')
  const line = (heldMs: number, i: number) =>
    `Feb  6 12:14:14 lb haproxy[1]: 10.0.1.2:33317 [06/Feb/2026:12:14:14.655] web app/srv${i % 3} 2/${i % 4}/1/${heldMs - 3}/${2 + (i % 4) + heldMs} 200 2750 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/1.1"`
  const held = Array.from({ length: 3000 }, () => 20 + Math.floor(481 * random()))
  beforeAll(() =>
    writeFileSync(
      path,
      ['Proxy web started.', ...held.map(line), KILLED, '', MANUAL.replace(' 200 ', ' 503 ')].join('\r\n'),
    ),
  )
  afterAll(() => rmSync(folder, { recursive: true }))

  it('gives its times back, for every class of the shipped traces, and says what it does not know', async () => {
    const base = await readModel('reference')
    const log = readAccessLog(path)
    expect(log).toMatchObject({ lines: 3002, unreadable: 1, errors: 1, rejections: 0 })
    expect(log.firstUnreadable).toEqual({ line: 1, text: 'Proxy web started.' })
    expect([...log.servers.keys()].sort()).toEqual(['srv0', 'srv1', 'srv2'])
    const { model, remarks, identified } = fitLog(log, { base, name: 'own', path: 'access.log' })
    const { distribution } = model.classes.read!.blockingMs
    expect(distribution.family).toBe('uniform')
    const { min, max } = distribution as { min: number; max: number }
    expect([Math.abs(min - 20) < 3, Math.abs(max - 500) < 3]).toEqual([true, true])
    expect(meanOf(model.classes.read!.cpuMs.distribution)).toBe(0)
    expect(model.startup.cold).toEqual(base.startup.cold)
    expect(remarks[0]).toBe("1 of 3003 lines are no request's; the first is line 1: Proxy web started.")
    expect(remarks.join()).toContain('cannot be told apart')
    expect(identified.some(({ from }) => from === null)).toBe(true)
    expect(await parseModel(JSON.parse(JSON.stringify(model)), 'own')).toEqual(model)
    const run = simulate(autoscaled({ trace: await readTrace('spike'), model, policy: 'pid' }))
    expect(run.requests.intendedMs.length).toBeGreaterThan(100)
  })

  it.each([
    ['no request', 'hello\nworld\n', /no line is a request's.*line 1 is "hello"/],
    ['nothing', '', /it is empty/],
    ['only failures', `${KILLED}\n`, /none of its 1 requests was answered well/],
  ])('with %s is refused with what was expected', (_, text, message) => {
    const bad = join(folder, 'bad.log')
    writeFileSync(bad, text)
    expect(() => readAccessLog(bad)).toThrow(message)
  })

  it('that is not there is refused', () => {
    expect(() => readAccessLog(join(folder, 'none'))).toThrow(/--from .*none is not there, expected a file/)
  })

  /** HAProxy writes local time without its zone. Only durations are read, so no clock can change what is found. */
  it('gives the same over a change to winter time, a leap second and a clock that was set back', () => {
    const times = [
      '25/Oct/2026:02:59:59.900',
      '25/Oct/2026:02:00:00.100',
      '31/Dec/2016:23:59:60.500',
      '01/Jan/1970:00:00:00.000',
    ]
    const write = (name: string, dates: readonly string[]) => {
      const lines = dates.map((date, i) => line(50 + i, i).replace('06/Feb/2026:12:14:14.655', date))
      writeFileSync(join(folder, name), lines.join('\n'))
      return readAccessLog(join(folder, name))
    }
    const plain = write('plain.log', Array(4).fill('06/Feb/2026:12:14:14.655'))
    expect(plain).toMatchObject({ lines: 4, unreadable: 0, heldMs: [50, 51, 52, 53] })
    expect(write('clock.log', times)).toEqual(plain)
  })

  it('of another server, or with months in another language, is counted as unreadable and shown', () => {
    const others = [
      '10.0.1.2 - - [25/Oct/2026:02:59:59 +0200] "GET / HTTP/1.1" 200 5',
      line(50, 0).replace('/Feb/', '/févr./'),
    ]
    const path = join(folder, 'others.log')
    writeFileSync(path, `${others.join('\n')}\n${line(50, 0)}\n`)
    expect(readAccessLog(path)).toMatchObject({ lines: 1, unreadable: 2, firstUnreadable: { line: 1 } })
    writeFileSync(path, others.join('\n'))
    expect(() => readAccessLog(path)).toThrow(
      /no line is a request's.*line 1 is .*Expected lines such as: 10\.0\.1\.2:33317 \[/,
    )
  })
})

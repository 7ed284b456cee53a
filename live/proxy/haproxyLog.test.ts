import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ProxyLogEntry } from '../../control/signals.ts'
import { followLog, LOG_FORMAT, type LogFollower, lineSplitter, parseLogLine } from './haproxyLog.ts'

const SERVED = 'request\t200\tw1\t22\t1\t50\t73\t--\tr-1'

describe('a line of the log', () => {
  it('has as many fields as the format', () => {
    expect(SERVED.split('\t').length).toBe(LOG_FORMAT.split('\\t').length)
  })

  const lines: [string, string, Partial<ProxyLogEntry>][] = [
    [
      'served',
      SERVED,
      { id: 'r-1', status: 200, server: 'w1', queueMs: 22, connectMs: 1, responseMs: 50, totalMs: 73 },
    ],
    [
      'queue time-out',
      'request\t503\t<NOSRV>\t201\t-1\t-1\t201\tsQ\tr',
      { status: 503, server: '', queueMs: 201 },
    ],
    ['no server at all', 'request\t503\t<NOSRV>\t-1\t-1\t-1\t0\tSC\tr', { status: 503, queueMs: -1 }],
    ['client gone', 'request\t-1\t<NOSRV>\t150\t-1\t-1\t150\tCQ\tr', { status: 0, connectMs: -1 }],
    [
      'no connection after a wait',
      'request\t503\t<NOSRV>\t3\t-3\t-1\t1004\tSC\tr',
      { status: 503, queueMs: 3, connectMs: -1 },
    ],
    ['no id', 'request\t200\tw1\t0\t0\t1\t1\t--\t-', { id: '' }],
    ['an id with tabs in it', 'request\t200\tw1\t0\t0\t1\t1\t--\ta\tb', { id: 'a\tb', totalMs: 1 }],
    ['an id with a line separator', 'request\t200\tw1\t0\t0\t1\t1\t--\ta\u2028b', { id: 'a\u2028b' }],
  ]
  for (const [what, line, expected] of lines) {
    it(`is read: ${what}`, () => expect(parseLogLine(line, 7)).toMatchObject({ endedMs: 7, ...expected }))
  }

  const malformed = [
    'Proxy http stopped (cumulated conns: FE: 3, BE: 3).',
    'request\t200\tw1\t22\t1\t50',
    'request\t200\tw1\t22\t1\tx\t73\t--\tr',
    'request\t200\tw1\t22\t1\t50\t-73\t--\tr',
    'request\t20\tw1\t22\t1\t50\t73\t--\tr',
    '',
  ]
  for (const line of malformed) {
    it(`is not taken for a request: ${JSON.stringify(line)}`, () => expect(parseLogLine(line, 0)).toBeNull())
  }

  it('is never an exception, whatever stands in it', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseLogLine(text, 0)))
  })
})

describe('cutting into lines', () => {
  it('gives the same lines wherever the bytes were cut', () => {
    const line = fc.string({ minLength: 1 }).filter((text) => !/[\r\n]/.test(text))
    const chunkSize = fc.integer({ min: 1, max: 9 })
    fc.assert(
      fc.property(fc.array(line), fc.constantFrom('\n', '\r\n'), chunkSize, (lines, ending, size) => {
        const bytes = Buffer.from(lines.map((text) => text + ending).join(''))
        const seen: string[] = []
        const split = lineSplitter((text) => seen.push(text))
        for (let at = 0; at < bytes.length; at += size) split(bytes.subarray(at, at + size))
        expect(seen).toEqual(lines)
      }),
    )
  })
})

describe('following the log', () => {
  let folder: string
  let path: string
  let follower: LogFollower | undefined
  const entries: ProxyLogEntry[] = []

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'scaletwin-log-'))
    path = join(folder, 'requests.log')
    entries.length = 0
  })
  afterEach(() => {
    follower?.close()
    rmSync(folder, { recursive: true })
  })

  function follow(): LogFollower {
    follower = followLog({ path, now: () => 5, onEntry: (entry) => entries.push(entry) })
    return follower
  }

  it('begins at the present end, and sees what is appended', async () => {
    writeFileSync(path, `${SERVED}\n`)
    follow()
    appendFileSync(path, 'request\t200\tw2\t0\t0\t1\t1\t--\tnew\n')
    await vi.waitFor(() => expect(entries.map(({ id }) => id)).toEqual(['new']))
  })

  it('makes the file where there is none yet', () => {
    const follower = follow()
    appendFileSync(path, `${SERVED}\n`)
    follower.readNow()
    expect(entries.length).toBe(1)
  })

  it('starts over with an empty file, for a HAProxy that is started again and writes from its beginning', () => {
    const follower = follow()
    appendFileSync(path, `${SERVED}\n${SERVED}\n`)
    follower.startOver()
    expect(readFileSync(path, 'utf8')).toBe('')
    appendFileSync(path, 'request\t200\tw2\t0\t0\t1\t1\t--\tnew\n')
    follower.readNow()
    expect(entries.map(({ id }) => id)).toEqual(['r-1', 'r-1', 'new'])
  })

  it('counts what it could not read, apart from the remarks of HAProxy', () => {
    const follower = follow()
    appendFileSync(path, `${SERVED}\r\nrequest\tbroken\nProxy http stopped.\n${SERVED.slice(0, 9)}`)
    follower.readNow()
    appendFileSync(path, `${SERVED.slice(9)}\n`)
    follower.readNow()
    expect({
      ...follower,
      lines: follower.lines,
      malformed: follower.malformed,
      remarks: follower.remarks,
    }).toMatchObject({
      lines: 2,
      malformed: 1,
      remarks: 1,
    })
  })

  it('starts over where the file was emptied', () => {
    const follower = follow()
    appendFileSync(path, `${SERVED}\n`)
    follower.readNow()
    truncateSync(path)
    follower.readNow()
    appendFileSync(path, `${SERVED}\n`)
    follower.readNow()
    expect(entries.length).toBe(2)
  })
})

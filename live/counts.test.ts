import { describe, expect, it } from 'vitest'
import type { ProxyLogEntry } from '../control/signals.ts'
import type { Outcome } from '../record/schema.ts'
import { brokenCounts, RunCounter } from './counts.ts'

/** A run of ten requests, one a second, to two replicas in turn; each test says what was different. */
interface Run {
  /** Requests that never got an answer from the application, by number. */
  outcomes?: Record<number, { outcome: Outcome; status: number }>
  /** Lines that are not in the log. */
  noLine?: number[]
  /** What HAProxy's counter shows after each request; null where it cannot be read. */
  counter?: (received: number) => number | null
  /** Whether the application says how many it has served. */
  silent?: boolean
  /** Numbers that an application gave to requests of which nobody knows. */
  skips?: Record<number, number>
  happens?: Record<number, (counter: RunCounter, atMs: number) => void>
  maxconn?: number | null
}

const N = 10

function countsOf({
  outcomes = {},
  noLine = [],
  counter = (n) => n,
  silent,
  skips = {},
  happens = {},
  maxconn = 1,
}: Run) {
  const arrivalsMs = Float64Array.from({ length: N }, (_, i) => 1000 * i + 500)
  const run = new RunCounter({ arrivalsMs, maxconn })
  const served = { w1: 20, w2: 3 }
  // The preparation: w1 had answered 20 requests by then.
  for (const server of ['w1', 'w2'] as const) {
    run.replica({ atMs: 0, replica: server, state: 'ready' })
    run.prepared(server, silent ? null : served[server])
  }
  run.logged(line('prepare', 200, 'w1'))
  run.reading(0, counter(0))
  for (let index = 0; index < N; index++) {
    const { outcome, status } = outcomes[index] ?? { outcome: 'ok', status: 200 }
    const server = index % 2 ? 'w2' : 'w1'
    const isAnswered = outcome === 'ok' || outcome === 'rejected'
    if (isAnswered) served[server] += 1 + (skips[index] ?? 0)
    const times = {
      intendedMs: arrivalsMs[index]!,
      sentMs: arrivalsMs[index]!,
      doneMs: arrivalsMs[index]! + 100,
    }
    const row = { index, class: 'read', ...times, blockingMs: null, cpuMs: null, status, outcome }
    run.ended({ ...row, server: isAnswered ? server : '' }, isAnswered && !silent ? served[server] : null)
    if (!noLine.includes(index)) run.logged(line(String(index), status, server))
    happens[index]?.(run, times.doneMs)
    run.reading(1000 * (index + 1), counter(index + 1))
  }
  return run.counts({ sent: N }, 0)
}

const line = (id: string, status: number, server: string): ProxyLogEntry => ({
  endedMs: 0,
  id,
  server,
  status,
  queueMs: 0,
  connectMs: 0,
  responseMs: 1,
  totalMs: 1,
})
const cut = { outcome: 'failed', status: 0 } as const
const gaveUp = { outcome: 'timeout', status: 0 } as const
const begun = (fault: string, atMs: number, note?: string) => ({ atMs, fault, state: 'begun' as const, note })

describe('counts that agree', () => {
  it('of a run in which nothing happened: what was served before time 0 is not counted', () => {
    const counts = countsOf({})
    expect(brokenCounts(counts)).toEqual([])
    expect(counts.replicas).toEqual({
      w1: { served: 5, known: 5, lines: 5 },
      w2: { served: 5, known: 5, lines: 5 },
    })
    expect(counts.proxy).toMatchObject({ received: N, lines: N })
  })

  it.each<[string, Run]>([
    ['a request that was given up may have been served', { outcomes: { 3: gaveUp }, skips: { 5: 1 } }],
    ['or not', { outcomes: { 3: gaveUp } }],
    ['a request that the proxy turned away', { outcomes: { 3: { outcome: 'failed', status: 503 } } }],
    ['an application that answers errors', { outcomes: { 3: { outcome: 'rejected', status: 429 } } }],
    [
      "an image of one's own that does not count",
      { silent: true, outcomes: { 3: { outcome: 'failed', status: 502 } } },
    ],
    [
      'one request inside a container that was killed',
      {
        outcomes: { 3: cut },
        happens: { 3: (run, atMs) => run.fault(begun('kill:1@3s', atMs, 'w2'), atMs) },
      },
    ],
    [
      'a replica that died by itself',
      {
        outcomes: { 3: cut },
        happens: { 3: (run, atMs) => run.replica({ atMs, replica: 'w2', state: 'failed' }) },
      },
    ],
    [
      'a proxy that was killed: its counter starts again, what was open breaks, lines are lost',
      {
        outcomes: { 4: cut },
        noLine: [4],
        counter: (n) => (n <= 4 ? n : n - 5),
        happens: { 4: (run, atMs) => run.fault(begun('proxy-kill@4s', atMs - 50), atMs) },
      },
    ],
    ['statistics that were nonsense', { counter: (n) => [n, Number.NaN, -5, 1e18, n][n % 5]! }],
    ['statistics that could not be read', { counter: (n) => (n === N || n === 0 ? n : null) }],
    [
      'a log that was full',
      {
        noLine: [4, 5],
        happens: {
          3: (run, atMs) => run.fault(begun('log-full@4s+2s', atMs + 200), atMs + 300),
          5: (run, atMs) => run.fault({ ...begun('log-full@4s+2s', atMs), state: 'over' }, atMs),
        },
      },
    ],
  ])('%s', (_name, run) => {
    expect(brokenCounts(countsOf(run))).toEqual([])
  })
})

describe('counts that do not', () => {
  it.each<[string, Run, string[]]>([
    [
      'HAProxy missed one',
      { counter: (n) => Math.min(n, 9) },
      ['the generator sent 10 requests, HAProxy counted 9'],
    ],
    [
      'somebody else sent one',
      { counter: (n) => n + Math.floor(n / N) },
      ['the generator sent 10 requests, HAProxy counted 11'],
    ],
    [
      'a line is missing',
      { noLine: [3] },
      [
        "the generator sent 10 requests, HAProxy's log has 9 lines",
        "10 answers arrived with status 200, HAProxy's log has 9",
        "w2 answered 5 requests, HAProxy's log has 4 of them",
      ],
    ],
    [
      'an answer was lost between the application and here',
      { skips: { 5: 2 } },
      [
        "w2 answered 7 requests, HAProxy's log has 5 of them",
        'w2 answered 7 requests, 5 of them are known here (2 answers lost): the generator gave 0 requests up in all',
      ],
    ],
    [
      'a request broke off although nothing died',
      { outcomes: { 3: cut } },
      ['1 request broke off without an answer, and nothing died'],
    ],
    [
      'more broke off than one container can have had',
      {
        outcomes: { 3: cut, 5: cut },
        happens: { 3: (run, atMs) => run.fault(begun('kill:1@3s', atMs, 'w2'), atMs) },
      },
      ['2 requests broke off without an answer, at most 1 were inside what died'],
    ],
    [
      'a start that failed had no request inside',
      {
        outcomes: { 3: cut },
        happens: { 3: (run, atMs) => run.replica({ atMs, replica: 'w3', state: 'failed' }) },
      },
      ['1 request broke off without an answer, and nothing died'],
    ],
    [
      'more lines are missing than while the log was full',
      {
        noLine: [0, 1, 2, 3, 4, 5, 6, 7, 8],
        happens: {
          8: (run, atMs) => run.fault(begun('log-full@8s+1s', atMs), atMs),
          9: (run, atMs) => run.fault({ ...begun('log-full@8s+1s', atMs), state: 'over' }, atMs),
        },
      },
      [
        expect.stringContaining("HAProxy's log has 1 lines (at most 3 unwritten, by the run's faults)"),
        expect.stringContaining('status 200'),
        expect.stringContaining('w1 answered'),
        expect.stringContaining('w2 answered'),
      ],
    ],
  ])('%s', (_name, run, lines) => {
    expect(brokenCounts(countsOf(run))).toEqual(lines)
  })

  it('one request has no end', () => {
    expect(brokenCounts({ ...countsOf({}), generator: { ...countsOf({}).generator, sent: 11 } })[0]).toBe(
      'the generator sent 11 requests, 10 of them ended',
    )
  })
})

it.each<[string, Run['happens']]>([
  ['killed', { 4: (run, atMs) => run.fault(begun('proxy-kill@4s', atMs - 50), atMs) }],
  ['replaced by itself', {}],
])("HAProxy's counter goes on where it was when it is set back: %s", (_name, happens) => {
  const { proxy, explained } = countsOf({ counter: (n) => (n <= 4 ? n : n - 5), happens })
  // The fifth request came between the last reading and the end of the counter.
  expect(proxy.received).toBe(N - 1)
  expect(explained.unseen).toBeGreaterThanOrEqual(1)
  expect(explained.unseen).toBeLessThan(N)
})

it('a number that was seen twice counts once', () => {
  const run = new RunCounter({ arrivalsMs: new Float64Array(0), maxconn: 1 })
  const row = { index: 0, class: 'read', intendedMs: 0, sentMs: 0, doneMs: 1, blockingMs: null, cpuMs: null }
  for (const served of [1, 2, 2, 1000])
    run.ended({ ...row, server: 'w1', status: 200, outcome: 'ok' }, served)
  expect(run.counts({ sent: 4 }, 0).replicas).toEqual({ w1: { served: 1000, known: 3, lines: 0 } })
})

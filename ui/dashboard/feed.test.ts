import { expect, it } from 'vitest'
import { metricsOf } from '../../analysis/metrics.ts'
import { timelineOf } from '../../analysis/timeline.ts'
import { slaWindows } from '../../analysis/violations.ts'
import { simulate } from '../../sim/run.ts'
import { autoscaled, constantLoad, handModel } from '../../test/support.ts'
import { Feed } from './feed.ts'
import type { Messages } from './messages.ts'
import { helloFor, play, SLA } from './play.case.ts'
import { advance, type Message, nowMs, type View, violatedSpans } from './view.ts'

/** One server that 25 requests/s overload until there are three: windows of both kinds, and clients that give up. */
const record = simulate(
  autoscaled({
    trace: constantLoad(25, 40_000),
    model: handModel({ family: 'uniform', min: 5, max: 200 }),
    policy: 'pid',
    service: { clientTimeoutMs: 900 },
  }),
)
const ending = { state: 'complete', verdict: record.run.verdict, metrics: null, last: true } as const

const listener = (feed: Feed) => ({
  onTick: feed.tick.bind(feed),
  onReplica: feed.replica.bind(feed),
  onRequest: feed.request.bind(feed),
})

function messagesOf(texts: readonly string[]): Message[] {
  return texts.map((text) => {
    const [, name, data] = /event: (\w+)\ndata: (.*)\n\n$/.exec(text)!
    return { name: name as keyof Messages, message: JSON.parse(data!) } as Message
  })
}

function whole(): { view: View; texts: string[]; feed: Feed } {
  const feed = new Feed()
  const texts: string[] = []
  feed.follow(Number.NaN, ({ text }) => texts.push(text))
  feed.begin(helloFor(record, null), SLA)
  play(record, listener(feed))
  feed.end(ending, record.run.trace.durationMs)
  return { view: messagesOf(texts).reduce(advance, null as View | null)!, texts, feed }
}

it('at its end the page knows what the analysis finds in the whole record', () => {
  const { view } = whole()
  const metrics = metricsOf(record, SLA)
  expect(metrics.violationShare).toBeGreaterThan(0.05)
  expect(metrics.failed).toBeGreaterThan(5)
  expect(view.soFar).toEqual({
    requests: metrics.requests,
    violationShare: metrics.violationShare,
    replicaSeconds: metrics.replicaSeconds,
  })
  expect(Array.from(view.p95Ms, (value) => value ?? null)).toEqual(timelineOf(record, SLA, 1000).p95Ms)
  const violated = slaWindows(record.requests, SLA, 40_000).filter((window) => window.violated)
  expect(violated.length).toBeGreaterThan(0)
  expect(violatedSpans(view)).toEqual(violated.map(({ fromMs, toMs }) => ({ fromMs, toMs })))
  expect(nowMs(view)).toBe(40_000)
})

it('says one thing a tick, however many requests there were', () => {
  const { texts } = whole()
  expect(texts.length).toBe(record.ticks.length + 3)
  expect(
    messagesOf(texts)
      .map(({ name }) => name)
      .filter((name) => name !== 'tick'),
  ).toEqual(['hello', 'state', 'end'])
})

it('a page that comes late gets all of it, one that was cut off what it missed', () => {
  const { feed, texts } = whole()
  const since = (lastId: number) => {
    const got: string[] = []
    feed.follow(lastId, ({ text }) => got.push(text))()
    return got
  }
  expect(since(Number.NaN)).toEqual(texts)
  expect(since(5)).toEqual(texts.slice(5))
  expect(since(texts.length)).toEqual([])
  // Not an id of this server's: it was another one, or another run.
  expect(since(1000)).toEqual(texts)
  feed.begin(helloFor(record, null), SLA)
  expect(since(5).length).toBe(2)
})

it('a run that was cut stays at its last tick', () => {
  const feed = new Feed()
  const texts: string[] = []
  feed.follow(Number.NaN, ({ text }) => texts.push(text))
  feed.begin(helloFor(record, null), SLA)
  play(record, listener(feed), 0, 12_500)
  feed.end({ ...ending, state: 'interrupted' }, 12_500)
  const view = messagesOf(texts).reduce(advance, null as View | null)!
  expect(view.state).toBe('over')
  expect(nowMs(view)).toBe(12_000)
})

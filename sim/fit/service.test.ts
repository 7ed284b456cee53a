import { expect, it } from 'vitest'
import { meanEstimate } from '../../analysis/bootstrap.ts'
import type { RunRecord } from '../../record/schema.ts'
import { constantLoad, exactly, fixedFleet, handModel } from '../../test/support.ts'
import { simulate } from '../run.ts'
import { inAnsweredSpans } from './answered.ts'
import { sampleRequests } from './service.ts'

const MEAN_MS = 102.5
const model = handModel({ family: 'uniform', min: 5, max: 200 })

/** A replica that serves 9.8/s and is offered `ratePerS` in the second half; the proxy keeps a request for 1.9 s and its client waits 2 s. As a live run, which knows the work of answered requests alone. */
function half(ratePerS: number, calmPerS: number, seed: number): RunRecord {
  const trace = {
    ...constantLoad(1, 400_000),
    load: {
      kind: 'rate' as const,
      points: [
        { atMs: 0, ratePerS: calmPerS },
        { atMs: 200_000, ratePerS: calmPerS },
        { atMs: 200_000, ratePerS },
        { atMs: 400_000, ratePerS },
      ],
    },
  }
  return simulate(
    fixedFleet({ trace, model, replicas: 1, seed, service: { queueTimeoutMs: 1900, clientTimeoutMs: 2000 } }),
  )
}

it('of an overloaded run the answered requests are the short ones: they are left out', () => {
  let covered = 0
  for (let seed = 1; seed <= 10; seed++) {
    const record = half(14, 5, seed)
    const { requests } = record
    const answered = Array.from(requests.blockingMs).filter((_, i) => requests.outcome[i] === 'ok')
    const naive = meanEstimate(answered)
    const { classes, censored, biased } = sampleRequests([record])
    const kept = meanEstimate(classes.get('read')!.blockingMs)
    expect(naive.hi, `seed ${seed}`).toBeLessThan(MEAN_MS)
    if (kept.lo! < MEAN_MS && kept.hi! > MEAN_MS) covered++
    expect(censored).toBeGreaterThan(1000)
    expect(biased.byUnanswered).toEqual([])
  }
  expect(covered).toBeGreaterThanOrEqual(9)
})

it('where every span is overloaded all are used, and the class is called biased', () => {
  const { classes, biased, censored } = sampleRequests([half(14, 14, 1)])
  expect(biased.byUnanswered).toEqual(['read'])
  expect(censored).toBe(0)
  expect(classes.get('read')!.blockingMs.length).toBeGreaterThan(1000)
})

it('spans are of 200 requests, of which one may have no answer', () => {
  const outcome = new Array(650).fill('ok')
  outcome[100] = 'timeout'
  outcome[250] = 'timeout'
  outcome[251] = 'failed'
  outcome[640] = 'rejected'
  const kept = inAnsweredSpans({ outcome })
  const at = (from: number, to: number) => new Set(kept.slice(from, to))
  expect([at(0, 200), at(200, 400), at(400, 650)]).toEqual([new Set([1]), new Set([0]), new Set([1])])
})

it('of a service that says nothing of its work the whole holding time is blocking', () => {
  const truth = handModel({ family: 'uniform', min: 5, max: 200 })
  truth.classes.read = { ...truth.classes.read!, cpuMs: exactly(3), overheadMs: exactly(2) }
  const record = simulate(fixedFleet({ trace: constantLoad(9, 400_000), model: truth, replicas: 1 }))
  const unknown = record.requests.cpuMs.map(() => Number.NaN)
  const silent = { ...record, requests: { ...record.requests, blockingMs: unknown, cpuMs: unknown } }
  const own = sampleRequests([silent]).classes.get('read')!
  const { lo, hi } = meanEstimate(own.blockingMs)
  expect(lo).toBeLessThan(MEAN_MS + 5)
  expect(hi).toBeGreaterThan(MEAN_MS + 5)
  expect(Math.max(...own.cpuMs, ...own.overheadMs.map(Math.abs))).toBeLessThan(1e-6)
})

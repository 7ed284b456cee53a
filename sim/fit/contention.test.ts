import { describe, expect, it } from 'vitest'
import { stream } from '../../base/random.ts'
import type { RunRecord } from '../../record/schema.ts'
import { constantLoad, fixedFleet, handModel } from '../../test/support.ts'
import { simulate } from '../run.ts'
import { fitContention, othersOnCpu } from './contention.ts'
import { sampleRequests } from './service.ts'

/** CPU-bound requests of 20 ms on average, two servers of a machine with two cores. */
const model = handModel({ family: 'deterministic', value: 0 })
model.classes.read = {
  ...model.classes.read!,
  cpuMs: { distribution: { family: 'uniform', min: 10, max: 30 } },
}
const busy = simulate(fixedFleet({ trace: constantLoad(60, 40_000), model, replicas: 2 }))

/** As they would have measured it with this contention: its CPU time, not the times at which it was there. */
function slowedDown(record: RunRecord, contention: number): RunRecord {
  const others = othersOnCpu(record.requests)
  return {
    ...record,
    requests: {
      ...record.requests,
      cpuMs: record.requests.cpuMs.map((ms, i) => ms * (1 + contention * others[i]!)),
    },
  }
}

describe('how many others wanted a core', () => {
  it('is the overlap with them over the own time, less for those that sleep', () => {
    const column = (...values: number[]) => Float64Array.from(values)
    const others = othersOnCpu({
      ...busy.requests,
      class: ['a', 'a', 'a'],
      outcome: ['ok', 'ok', 'ok'],
      doneMs: column(100, 150, 200),
      serviceMs: column(100, 100, 40),
      blockingMs: column(0, 0, 30),
      cpuMs: column(100, 100, 10),
    })
    // The second is there from 50 to 150, the third from 160 on and sleeps for three quarters of it.
    expect(Array.from(others)).toEqual([0.5, 0.5, 0])
  })

  it('agrees with counting moment by moment', () => {
    const { doneMs, serviceMs } = busy.requests
    const others = othersOnCpu(busy.requests)
    const random = stream(1, 'which')
    for (let k = 0; k < 20; k++) {
      const i = Math.floor(random() * doneMs.length)
      const fromMs = doneMs[i]! - serviceMs[i]!
      const steps = 2000
      let sum = 0
      for (let step = 0; step < steps; step++) {
        const atMs = fromMs + ((step + 0.5) / steps) * serviceMs[i]!
        doneMs.forEach((done, j) => {
          if (j !== i && done > atMs && done - serviceMs[j]! <= atMs) sum++
        })
      }
      expect(others[i]).toBeCloseTo(sum / steps, 2)
    }
  })
})

describe('contention', () => {
  it('is given back, with an interval that holds it, and the demand without it', () => {
    const record = slowedDown(busy, 0.15)
    const { contention, engineContention } = fitContention([record])
    const { estimate, lo, hi } = contention!
    expect(engineContention).toBeNull()
    expect(lo).toBeLessThan(0.15)
    expect(hi).toBeGreaterThan(0.15)
    expect(Math.abs(estimate - 0.15)).toBeLessThan(0.05)
    const alone = sampleRequests([record], { contention: 0.15, engineContention: 0 }).classes.get('read')!
    const truth = sampleRequests([busy]).classes.get('read')!
    expect(Math.max(...alone.cpuMs.map((ms, i) => Math.abs(ms - truth.cpuMs[i]!)))).toBeLessThan(1e-9)
  })

  it('is about nothing where there is none', () => {
    expect(fitContention([busy]).contention!.estimate).toBeLessThan(0.05)
  })

  it('is not told by a record in which requests had nobody beside them', () => {
    expect(
      fitContention([simulate(fixedFleet({ trace: constantLoad(20, 40_000), model, replicas: 1 }))]),
    ).toEqual({ contention: null, engineContention: null })
  })

  it('of starts and removals is told apart from that of requests', () => {
    // Every 4 s a replica starts for 1 s and is removed in 0.5 s.
    const replicas = [...busy.replicas]
    for (let k = 0; k < 9; k++) {
      const atMs = 1000 + 4000 * k
      const replica = `x${k}`
      replicas.push(
        { atMs, replica, state: 'starting' },
        { atMs: atMs + 1000, replica, state: 'ready' },
        { atMs: atMs + 2000, replica, state: 'draining' },
        { atMs: atMs + 2500, replica, state: 'stopped' },
      )
    }
    const slowed = slowedDown({ ...busy, replicas }, 0.1)
    const isMoving = (ms: number) => (ms - 1000) % 4000 < 1000 || ((ms - 3000) % 4000 < 500 && ms > 3000)
    const { doneMs, serviceMs } = slowed.requests
    const beside = doneMs.map((ms, i) =>
      isMoving(ms - serviceMs[i]! / 2) && ms < 37_000 && ms > 1000 ? 1 : 0,
    )
    const others = othersOnCpu(slowed.requests)
    const cpuMs = slowed.requests.cpuMs.map(
      (ms, i) => (ms * (1 + 0.1 * others[i]! + 0.4 * beside[i]!)) / (1 + 0.1 * others[i]!),
    )
    const { contention, engineContention } = fitContention([
      { ...slowed, requests: { ...slowed.requests, cpuMs } },
    ])
    expect(Math.abs(contention!.estimate - 0.1)).toBeLessThan(0.05)
    expect(engineContention!.lo).toBeLessThan(0.4)
    expect(engineContention!.hi).toBeGreaterThan(0.35)
    expect(Math.abs(engineContention!.estimate - 0.4)).toBeLessThan(0.06)
  })
})

import fc from 'fast-check'
import { mean } from 'simple-statistics'
import { describe, expect, it } from 'vitest'
import { arrivalsAt, exactly, fixedFleet, handModel } from '../test/support.ts'
import { Host } from './host.ts'
import type { HostModel } from './model.ts'
import { simulate } from './run.ts'

/** Cores that are left to the replicas at the least, as the host has it. */
const FEWEST_CORES = 0.05

/** As how many jobs a start counts. */
const ENGINE_JOBS = 1.5

/** Processor sharing without virtual time: each job's remaining work is counted down at every change. */
class PlainHost {
  readonly #model: HostModel
  #othersCores: number
  #nowMs = 0
  #left = new Map<number, number>()
  #works = new Set<number>()
  readonly doneMs = new Map<number, number>()

  constructor(model: HostModel) {
    this.#model = model
    this.#othersCores = model.othersCores
  }

  /** Lets time pass, and jobs end on the way. */
  until(toMs: number): void {
    while (this.#left.size > 0) {
      const [job, least] = [...this.#left].reduce((a, b) => (b[1] < a[1] ? b : a))
      const endMs = this.#nowMs + least / this.#rate
      if (endMs > toMs) break
      this.#pass(endMs - this.#nowMs)
      this.#left.delete(job)
      this.doneMs.set(job, endMs)
    }
    if (toMs < Number.POSITIVE_INFINITY) this.#pass(toMs - this.#nowMs)
  }

  add(job: number, cpuMs: number): void {
    this.#left.set(job, cpuMs)
  }

  addWork(job: number, cpuMs: number): void {
    this.#works.add(job)
    this.#left.set(job, cpuMs / ENGINE_JOBS)
  }

  remove(job: number): void {
    this.#left.delete(job)
  }

  has(job: number): boolean {
    return this.#left.has(job)
  }

  setRequestRate(perS: number): void {
    this.#othersCores = this.#model.othersCores + (perS * this.#model.othersMsPerRequest) / 1000
  }

  get #rate(): number {
    const free = Math.max(FEWEST_CORES, this.#model.cores - this.#othersCores)
    const works = [...this.#left.keys()].filter((job) => this.#works.has(job)).length
    const requests = this.#left.size - works
    const { contention: c = 0, engineContention: e = c * ENGINE_JOBS, quota } = this.#model
    const beside = requests > 0 ? c * (requests - 1) + e * works : 0
    return Math.min(1, quota ?? 1, free / (requests + ENGINE_JOBS * works)) / (1 + beside)
  }

  #pass(ms: number): void {
    const rate = this.#rate
    for (const [job, left] of this.#left) this.#left.set(job, left - rate * ms)
    this.#nowMs += ms
  }
}

const hosts: fc.Arbitrary<HostModel> = fc.record({
  cores: fc.constantFrom(1, 2, 4),
  quota: fc.constantFrom(null, 0.25, 0.5, 1),
  othersCores: fc.constantFrom(0, 0.3, 0.9),
  othersMsPerRequest: fc.constantFrom(0, 2),
  contention: fc.constantFrom(0, 0.2),
  engineContention: fc.constantFrom(undefined, 0, 0.5),
})
// Work in multiples of pi and times in whole milliseconds: no job ends at the very time of another step.
const steps = fc.array(
  fc.record({
    inMs: fc.integer({ min: 0, max: 60 }),
    do: fc.constantFrom('request', 'request', 'work', 'remove', 'rate'),
    cpuMs: fc.integer({ min: 1, max: 60 }).map((k) => k * Math.PI),
    which: fc.nat(50),
  }),
  { maxLength: 60, size: 'max' },
)

describe('Host', () => {
  it('ends every job when counting down its work would', () => {
    fc.assert(
      fc.property(hosts, steps, (model, all) => {
        const { plain, doneMs } = bothRun(model, all)
        expect([...doneMs.keys()].sort((a, b) => a - b)).toEqual([...plain.keys()].sort((a, b) => a - b))
        for (const [job, atMs] of plain) expect(Math.abs(doneMs.get(job)! - atMs)).toBeLessThan(1e-6)
      }),
      { numRuns: 300 },
    )
  })

  // Two of 30 ms on one core: 15 ms in, a third of 15 comes; all three at 1/3, and 22.5 CPU ms are left in each of the first two.
  it('by hand: 30, 30 and later 15 ms of work on one core', () => {
    const host = new Host({ cores: 1, quota: null, othersCores: 0, othersMsPerRequest: 0 })
    host.addRequest(0, 30, 0)
    host.addRequest(16, 30, 0)
    host.addRequest(32, 15, 15)
    expect(host.nextMs).toBeCloseTo(60, 9)
    expect(host.complete(60)).toBe(32)
    expect(host.nextMs).toBeCloseTo(75, 9)
    expect(host.complete(75)).toBe(0)
    expect(host.nextMs).toBeCloseTo(75, 9)
    expect(host.complete(75)).toBe(16)
    expect(host.nextMs).toBe(Number.POSITIVE_INFINITY)
  })

  it.each([
    { name: 'alone on four cores a job uses one', model: { cores: 4 }, jobs: 1, endMs: 100 },
    { name: 'four jobs on four cores do not meet', model: { cores: 4 }, jobs: 4, endMs: 100 },
    { name: 'five jobs on four cores take a quarter longer', model: { cores: 4 }, jobs: 5, endMs: 125 },
    { name: 'a quota of half a core doubles the time', model: { quota: 0.5 }, jobs: 1, endMs: 200 },
    { name: 'others take half of the one core', model: { othersCores: 0.5 }, jobs: 1, endMs: 200 },
    { name: 'others cannot take all', model: { othersCores: 5 }, jobs: 1, endMs: 2000 },
  ])('$name', ({ model, jobs, endMs }) => {
    const host = new Host({ cores: 1, quota: null, othersCores: 0, othersMsPerRequest: 0, ...model })
    for (let job = 0; job < jobs; job++) host.addRequest(16 * job, 100, 0)
    for (let job = 0; job < jobs; job++) {
      expect(host.nextMs).toBeCloseTo(endMs, 6)
      expect(host.complete(host.nextMs)).toBe(16 * job)
    }
  })

  it('the work of others follows the rate of requests', () => {
    const host = new Host({ cores: 1, quota: null, othersCores: 0.1, othersMsPerRequest: 2 })
    host.setRequestRate(200, 0)
    host.addRequest(0, 100, 0)
    expect(host.nextMs).toBeCloseTo(200, 9)
    host.setRequestRate(0, 100)
    expect(host.nextMs).toBeCloseTo(100 + 50 / 0.9, 9)
  })
})

/** Both through the same steps; when each job ended, by its number. */
function bothRun(model: HostModel, all: { inMs: number; do: string; cpuMs: number; which: number }[]) {
  const host = new Host(model, ENGINE_JOBS)
  const plain = new PlainHost(model)
  const doneMs = new Map<number, number>()
  const workIds = new Map<number, number>()
  let nowMs = 0
  let jobs = 0
  const hostUntil = (toMs: number) => {
    while (host.nextMs <= toMs && host.nextMs < Number.POSITIVE_INFINITY) {
      nowMs = host.nextMs
      const slot = host.complete(nowMs)
      if (slot >= 0) doneMs.set(slot, nowMs)
    }
    nowMs = toMs
  }
  let toMs = 0
  for (const step of all) {
    toMs += step.inMs
    hostUntil(toMs)
    plain.until(toMs)
    if (step.do === 'request') {
      host.addRequest(jobs, step.cpuMs, toMs)
      plain.add(jobs++, step.cpuMs)
    } else if (step.do === 'work') {
      const job = jobs++
      workIds.set(
        job,
        host.addWork(step.cpuMs, toMs, () => doneMs.set(job, nowMs)),
      )
      plain.addWork(job, step.cpuMs)
    } else if (step.do === 'rate') {
      host.setRequestRate(10 * step.which, toMs)
      plain.setRequestRate(10 * step.which)
    } else if (plain.has(step.which) && !doneMs.has(step.which)) {
      const id = workIds.get(step.which)
      if (id === undefined) host.removeRequest(step.which, toMs)
      else host.removeWork(id, toMs)
      plain.remove(step.which)
    }
  }
  hostUntil(Number.POSITIVE_INFINITY)
  plain.until(Number.POSITIVE_INFINITY)
  return { plain: plain.doneMs, doneMs }
}

it('the part of the overhead that is CPU waits for a core, the rest does not', () => {
  const meanMs = (overheadCpuShare: number) => {
    const model = handModel({ family: 'deterministic', value: 0 })
    model.classes.read = { ...model.classes.read!, overheadMs: exactly(40) }
    model.cpu = { cores: 1, quota: null, othersCores: 0, othersMsPerRequest: 0, overheadCpuShare }
    const trace = arrivalsAt([1000, 1000, 1000, 1000])
    const { requests } = simulate(fixedFleet({ trace, model, replicas: 4 }))
    return mean(Array.from(requests.doneMs, (done, i) => done - requests.intendedMs[i]!))
  }
  expect(meanMs(0)).toBeCloseTo(40)
  // Four at once: 10 ms of holding, then 30 ms of CPU at a quarter of a core.
  expect(meanMs(0.75)).toBeCloseTo(10 + 4 * 30)
})

import { expect, it } from 'vitest'
import { parseFault } from '../record/faults.ts'
import { simulate } from '../sim/run.ts'
import { arrivalsAt, autoscaled, handModel } from '../test/support.ts'
import { faultImpacts } from './faultImpact.ts'
import { parseSla } from './sla.ts'

const sla = parseSla('p95<500ms')
/** One request a second that takes 100 ms; starts take 1.5 s. */
const run = (faults: string[], replicas = 2) => {
  const seconds = Array.from({ length: 60 }, (_, s) => 1000 * s + 500)
  const simulation = autoscaled({
    trace: arrivalsAt(seconds, 60_000),
    model: handModel({ family: 'deterministic', value: 100 }),
    policy: 'static',
    set: [`replicas=${replicas}`],
    service: { health: null },
  })
  return simulate({
    ...simulation,
    control: { ...simulation.control, initialReplicas: replicas },
    faults: faults.map((text) => parseFault(text)),
  })
}

it('a killed replica is back after it was noticed and another has started', () => {
  // Killed at 10.2 s, noticed at the next look at 10.5 s, ready 1.5 s later.
  const [impact] = faultImpacts(run(['kill:0@10200ms']), sla)
  expect(impact).toEqual({
    fault: 'kill:0@10200ms',
    hit: 'w1',
    impossible: null,
    requests: 15,
    failed: 0,
    violationShare: 0,
    violationShareBefore: 0,
    replicasBackMs: 1800,
  })
})

it('requests that nobody serves are counted to the fault, and those before and long after it are not', () => {
  const [impact] = faultImpacts(run(['kill:0@10200ms'], 1), sla)
  // The one at 10.5 s; from then on no server is up: 503 at once for those at 11.5 s.
  expect(impact!.failed).toBeGreaterThan(0)
  expect(impact!.failed).toBeLessThanOrEqual(2)
  expect(impact!.violationShare).toBeCloseTo(impact!.failed / 15, 12)
  expect(impact!.violationShareBefore).toBe(0)
})

it('what cannot be broken is said, and what does not come back before the end', () => {
  const impacts = faultImpacts(run(['kill:0@59s', 'kill:7@20s']), sla)
  expect(impacts.map(({ fault, impossible, replicasBackMs }) => [fault, impossible, replicasBackMs])).toEqual(
    [
      ['kill:7@20s', 'no replica 7 is ready', 0],
      ['kill:0@59s', null, null],
    ],
  )
})

it('a run without faults has none', () => {
  expect(faultImpacts(run([]), sla)).toEqual([])
})

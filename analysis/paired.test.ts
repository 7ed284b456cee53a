import { expect, it } from 'vitest'
import type { RunRecord } from '../record/schema.ts'
import { simulate } from '../sim/run.ts'
import { autoscaled, constantLoad, handModel } from '../test/support.ts'
import { pairedRuns } from './paired.ts'
import { trajectoryFit } from './trajectory.ts'
import { queuedShareOf, utilisationOf } from './utilisation.ts'

const model = handModel({ family: 'uniform', min: 5, max: 200 })
const run = (seed: number, work?: RunRecord['requests'], policy = 'pid') =>
  simulate({
    ...autoscaled({ trace: constantLoad(16, 40_000), model, policy, seed }),
    ...(work ? { work } : {}),
  })
const live = (record: RunRecord): RunRecord => ({ ...record, run: { ...record.run, mode: 'live' } })

it('the same run twice is the same in every request', () => {
  const pair = pairedRuns(run(1), live(run(1)))!
  expect(pair).toMatchObject({ seed: 1, sameOutcome: 1, errorMs: { mean: 0, p95Absolute: 0 } })
  expect(pair.correlation).toBeCloseTo(1)
})

it('the error of a response is predicted less measured', () => {
  const slow = run(1)
  const measured = live({
    ...slow,
    requests: { ...slow.requests, doneMs: slow.requests.doneMs.map((ms) => ms + 7) },
  })
  const { errorMs } = pairedRuns(slow, measured)!
  expect(errorMs!.mean).toBeCloseTo(-7)
  expect(errorMs!.medianAbsolute).toBeCloseTo(7)
})

it('work replayed from the other run is the same work, work drawn anew is not, nor is another seed', () => {
  const measured = live(run(1))
  const other = handModel({ family: 'uniform', min: 5, max: 120 })
  const scenario = autoscaled({ trace: constantLoad(16, 40_000), model: other, policy: 'pid', seed: 1 })
  expect(pairedRuns(simulate({ ...scenario, work: measured.requests }), measured)).not.toBeNull()
  expect(pairedRuns(simulate(scenario), measured)).toBeNull()
  expect(pairedRuns(run(2), measured)).toBeNull()
})

it('CPU-bound work that was drawn anew is not the same work, although nobody sleeps in either', () => {
  const burning = handModel({ family: 'deterministic', value: 0 })
  burning.classes.read = {
    ...burning.classes.read!,
    cpuMs: { distribution: { family: 'uniform', min: 5, max: 200 } },
  }
  const scenario = autoscaled({ trace: constantLoad(16, 40_000), model: burning, policy: 'pid', seed: 1 })
  const measured = live(simulate(scenario))
  const other = {
    ...measured,
    requests: { ...measured.requests, cpuMs: measured.requests.cpuMs.toReversed() },
  }
  expect(pairedRuns(simulate(scenario), measured)).not.toBeNull()
  expect(pairedRuns(simulate(scenario), other)).toBeNull()
})

it('a trajectory lies within its own band for some 90 % of the time, another policy does not', () => {
  const simulated = Array.from({ length: 39 }, (_, i) => run(i + 1))
  const more = Array.from({ length: 20 }, (_, i) => live(run(100 + i)))
  expect(trajectoryFit(simulated, more)!.insideShare).toBeGreaterThan(0.85)
  const other = [live(run(1, undefined, 'static'))]
  const fit = trajectoryFit(simulated, other)!
  expect(fit.insideShare).toBeLessThan(0.5)
  expect(fit.distance).toBeGreaterThan(0.5)
  expect(trajectoryFit(simulated, [])).toBeNull()
})

it('utilisation is work over ready time: 16/s of 102.5 ms on static replicas', () => {
  const record = simulate({
    ...autoscaled({ trace: constantLoad(16, 400_000), model, policy: 'static', set: ['replicas=4'] }),
  })
  expect(utilisationOf(record)).toBeCloseTo((16 * 0.1025) / 4, 1)
})

it('the share that queued is 0 where servers abound and near 1 where they are short', () => {
  const share = (replicas: number) =>
    queuedShareOf(
      simulate(
        autoscaled({
          trace: constantLoad(16, 40_000),
          model,
          policy: 'static',
          set: [`replicas=${replicas}`],
        }),
      ),
    )!
  expect(share(10)).toBeLessThan(0.1)
  expect(share(1)).toBeGreaterThan(0.9)
})

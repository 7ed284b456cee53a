import { expect, it } from 'vitest'
import type { RunRecord } from '../../record/schema.ts'
import { constantLoad, exactly, fixedFleet, handModel } from '../../test/support.ts'
import { meanOf } from '../distribution.ts'
import { simulate } from '../run.ts'
import { chooseDistribution } from './choose.ts'
import { fitContainer } from './container.ts'
import { sampleRequests } from './service.ts'

const fitted = (_: string, sample: readonly number[]) => chooseDistribution(sample, []).fitted

const model = handModel({ family: 'deterministic', value: 150 })
model.classes.read = { ...model.classes.read!, overheadMs: exactly(2) }
const limit = { kind: 'fixed-window', limit: 5, windowMs: 1000 } as const

/** More than 6 requests a second for one replica that takes 5. */
function record(rateLimit: string, container = model.container): RunRecord {
  const run = simulate(
    fixedFleet({ trace: constantLoad(12, 60_000), model: { ...model, container }, replicas: 1 }),
  )
  return { ...run, run: { ...run.run, mode: 'live', app: { rateLimit } } }
}

const limited = record('5 per second', {
  workers: 1,
  backlog: 4096,
  rateLimit: limit,
  rejectMs: exactly(1.3),
  checkMs: exactly(0),
})

it('the limit is what the application was told, and a rejection lasts what it lasted', () => {
  const { classes } = sampleRequests([limited])
  const { container, remarks } = fitContainer([limited], classes, fitted)
  expect(container).toMatchObject({ workers: 1, rateLimit: limit })
  expect(meanOf(container.rejectMs.distribution)).toBeCloseTo(1.3, 3)
  expect(meanOf(container.checkMs.distribution)).toBeCloseTo(2, 6)
  expect(remarks).toEqual([])
})

it('without rejections one is taken to cost the overhead, and the run that would tell is named', () => {
  const free = record('off')
  const { container, identified } = fitContainer([free], sampleRequests([free]).classes, fitted)
  expect(container.rateLimit).toBeNull()
  expect(meanOf(container.rejectMs.distribution)).toBeCloseTo(2, 6)
  expect(identified.find(({ quantity }) => quantity === 'container.rejectMs')!.missing).toContain(
    '--rate-limit',
  )
})

it('runs that differ in their limit give none', () => {
  const both = [record('off'), limited]
  const { container, remarks } = fitContainer(both, sampleRequests(both).classes, fitted)
  expect(container.rateLimit).toBeNull()
  expect(remarks[0]).toContain('sim run --rate-limit')
})

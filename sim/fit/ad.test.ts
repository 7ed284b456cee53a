import { expect, it } from 'vitest'
import { stream } from '../../base/random.ts'
import { AD_CRITICAL_5, AD_CRITICAL_PER_MILLE, adStatistic } from './ad.ts'

const uniform = (x: number) => Math.min(1, Math.max(0, x))

it('by hand: 0.25 and 0.75 of a uniform distribution', () => {
  // -2 - 1/2 (ln 0.25 + ln 0.25 + 3 (ln 0.75 + ln 0.75)) = -2 + ln 4 + 3 ln(4/3)
  expect(adStatistic([0.25, 0.75], uniform)).toBeCloseTo(-2 + Math.log(4) + 3 * Math.log(4 / 3), 12)
})

it('of a true distribution it is beyond the critical values in 5 % and in 0.1 % of the samples', () => {
  const random = stream(1, 'ad')
  const distances = Array.from({ length: 40_000 }, () => {
    const sample = Array.from({ length: 20 }, random).sort((a, b) => a - b)
    return adStatistic(sample, uniform)
  })
  const beyond = (critical: number) => distances.filter((a2) => a2 > critical).length / distances.length
  expect(beyond(AD_CRITICAL_5)).toBeGreaterThan(0.045)
  expect(beyond(AD_CRITICAL_5)).toBeLessThan(0.055)
  expect(beyond(AD_CRITICAL_PER_MILLE)).toBeGreaterThan(0.0005)
  expect(beyond(AD_CRITICAL_PER_MILLE)).toBeLessThan(0.0015)
})

it('a value outside a bounded distribution is far, but not infinitely', () => {
  const inside = Array.from({ length: 99 }, (_, i) => (i + 0.5) / 99)
  const far = adStatistic([...inside, 1.5], uniform)
  expect(far).toBeGreaterThan(adStatistic(inside, uniform))
  expect(far).toBeLessThan(5)
})

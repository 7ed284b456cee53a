import { expect, it } from 'vitest'
import { stream } from '../base/random.ts'
import { influenceOf } from './influence.ts'

const random = stream(1, 'a search by chance')
const draws = Array.from({ length: 400 }, () => ({ a: random(), b: random(), c: random(), fixed: 3 }))

it('a parameter that decides alone tells nearly all, the others nothing', () => {
  const found = influenceOf(draws.map((parameters) => ({ parameters, objective: parameters.a ** 3 })))
  expect(found.map(({ name }) => name)).toHaveLength(3)
  expect(found[0]!.name).toBe('a')
  expect(found[0]!.share).toBeGreaterThan(0.95)
  for (const { share } of found.slice(1)) expect(share).toBeLessThan(0.05)
})

it('sees an effect that falls and rises again, which a correlation misses', () => {
  const found = influenceOf(draws.map((parameters) => ({ parameters, objective: (parameters.b - 0.5) ** 2 })))
  expect(found[0]).toMatchObject({ name: 'b' })
  expect(found[0]!.share).toBeGreaterThan(0.8)
})

it('a penalty that makes jumps changes nothing: ranks count', () => {
  const plain = draws.map((parameters) => ({ parameters, objective: parameters.a + 0.1 * parameters.c }))
  const jumping = plain.map((one) => ({
    ...one,
    objective: one.objective > 0.7 ? 1000 + one.objective : one.objective,
  }))
  expect(influenceOf(jumping)).toEqual(influenceOf(plain))
})

it('equal objectives and parameters that never move tell nothing', () => {
  expect(influenceOf(draws.map((parameters) => ({ parameters, objective: 1 })))).toEqual([
    { name: 'a', share: 0 },
    { name: 'b', share: 0 },
    { name: 'c', share: 0 },
  ])
  expect(influenceOf([{ parameters: { a: 1 }, objective: 2 }])).toEqual([])
})

it('few points whose objective has nothing to do with the parameter: chance is taken off', () => {
  const shares = Array.from({ length: 200 }, () => {
    const points = Array.from({ length: 30 }, () => ({ parameters: { a: random() }, objective: random() }))
    return influenceOf(points)[0]!.share
  })
  // Without the correction (k - 1) / (n - 1) = 17 %.
  expect(shares.reduce((sum, share) => sum + share, 0) / 200).toBeLessThan(0.1)
})

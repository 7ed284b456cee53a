import { expect, it } from 'vitest'
import { paretoEfficient } from './frontier.ts'

const exact = (value: number) => ({ mean: value, lo: value, hi: value })
const point = (name: string, cost: number, share: number) => ({
  name,
  replicaSeconds: exact(cost),
  violationShare: exact(share),
})
const namesOf = (points: ReturnType<typeof point>[]) => paretoEfficient(points).map(({ name }) => name)

it('keeps those that nobody beats in both, the cheapest first', () => {
  const dear = point('dear', 300, 0.01)
  const cheap = point('cheap', 100, 0.5)
  const middle = point('middle', 200, 0.1)
  const beaten = point('beaten', 210, 0.1)
  expect(namesOf([dear, beaten, cheap, middle])).toEqual(['cheap', 'middle', 'dear'])
})

it('of two equals both stay; one that is only cheaper beats its equal in violations', () => {
  expect(namesOf([point('a', 1, 0), point('b', 1, 0)])).toEqual(['a', 'b'])
  expect(namesOf([point('a', 1, 0), point('b', 2, 0)])).toEqual(['a'])
})

it('no one of the result is beaten, and everyone left out is', () => {
  const all = Array.from({ length: 60 }, (_, i) => point(`${i}`, (i * 37) % 61, ((i * 23) % 53) / 53))
  const kept = paretoEfficient(all)
  const beats = (a: (typeof all)[number], b: (typeof all)[number]) =>
    a !== b &&
    a.replicaSeconds.mean <= b.replicaSeconds.mean &&
    a.violationShare.mean <= b.violationShare.mean &&
    (a.replicaSeconds.mean < b.replicaSeconds.mean || a.violationShare.mean < b.violationShare.mean)
  for (const one of all) expect(all.some((other) => beats(other, one))).toBe(!kept.includes(one))
})

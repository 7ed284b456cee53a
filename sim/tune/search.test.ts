import { median } from 'simple-statistics'
import { describe, expect, it } from 'vitest'
import { normal, stream } from '../../base/random.ts'
import { CmaEs } from './cmaes.ts'
import { RandomSearch, type Search } from './search.ts'

/** The lowest true value among what was asked in so many evaluations; the search sees the values with noise. */
function lowest(
  search: Search,
  f: (x: readonly number[]) => number,
  evaluations: number,
  noise = () => 0,
): number {
  let best = Number.POSITIVE_INFINITY
  for (let done = 0; done < evaluations; ) {
    const points = search.ask()
    done += points.length
    const seen = points
      .map((point) => ({ point, value: f(point) + noise() }))
      .sort((a, b) => a.value - b.value)
    search.tell(seen.map(({ point }) => point))
    best = Math.min(best, ...points.map(f))
  }
  return best
}

const sphere = (x: readonly number[]) => x.reduce((sum, v) => sum + (v - 0.7) ** 2, 0)
/** Rosenbrock's valley with its floor at (0.75, 0.75), in the cube. */
const rosenbrock = ([x, y]: readonly number[]) => {
  const [a, b] = [4 * x! - 2, 4 * y! - 2]
  return (1 - a) ** 2 + 100 * (b - a * a) ** 2
}

describe('CMA-ES', () => {
  it('finds the bottom of a sphere in 10 dimensions to a hundredth', () => {
    const search = new CmaEs(Array(10).fill(0.2), stream(1, 'sphere'))
    expect(Math.sqrt(lowest(search, sphere, 1500))).toBeLessThan(0.01)
  })

  it('follows a bent valley', () => {
    const found = [1, 2, 3, 4, 5].map((seed) =>
      lowest(new CmaEs([0.2, 0.9], stream(seed, 'valley')), rosenbrock, 1000),
    )
    expect(median(found)).toBeLessThan(0.01)
  })

  it('finds an optimum on the face of the cube', () => {
    const corner = (x: readonly number[]) => x.reduce((sum, v) => sum + v, 0)
    expect(lowest(new CmaEs([0.5, 0.5, 0.5], stream(3, 'face')), corner, 400)).toBeLessThan(0.02)
  })

  it('beats random search at 200 evaluations of a noisy function of 5 variables, in the median of 11', () => {
    const compare = (make: (seed: number) => Search) =>
      Array.from({ length: 11 }, (_, seed) => {
        const random = stream(seed, 'noise')
        return lowest(make(seed), sphere, 200, () => 0.02 * normal(random))
      })
    const cma = compare((seed) => new CmaEs(Array(5).fill(0.3), stream(seed, 'cma')))
    const chance = compare((seed) => new RandomSearch(5, stream(seed, 'chance')))
    expect(median(cma)).toBeLessThan(median(chance) / 4)
  })

  it('asks the same again with the same seed, and only the order of the values counts', () => {
    const asked = (scale: number) => {
      const search = new CmaEs([0.5, 0.5], stream(9, 'twice'))
      for (let i = 0; i < 20; i++) {
        const points = search.ask()
        search.tell([...points].sort((a, b) => scale * sphere(a) - scale * sphere(b)))
      }
      return search.ask()
    }
    expect(asked(1)).toEqual(asked(1000))
  })

  it('stays in the cube', () => {
    const search = new CmaEs([0.99, 0.01], stream(2, 'cube'))
    for (let i = 0; i < 50; i++) {
      const points = search.ask()
      for (const value of points.flat()) expect(value >= 0 && value <= 1).toBe(true)
      search.tell([...points].sort((a, b) => sphere(a) - sphere(b)))
    }
  })
})

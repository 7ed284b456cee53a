import { describe, expect, it } from 'vitest'
import { normal, stream } from '../base/random.ts'
import { fitUsl, peakOf, type ScalingPoint, type Usl, uslThroughput } from './usl.ts'

const pointsOf = (law: Usl, ns: number[], relativeError: number, noise = () => 0): ScalingPoint[] =>
  ns.map((n) => {
    const perS = uslThroughput(law, n)
    const standardError = relativeError * perS
    return { n, perS: perS + standardError * noise(), standardError }
  })
const noiseOf = (seed: number) => {
  const random = stream(seed, 'noise')
  return () => normal(random)
}

describe('the law', () => {
  const law = { lambda: 20, sigma: 0.05, kappa: 0.01 }

  it('worked by hand: 20 x 4 / (1 + 0.05 x 3 + 0.01 x 12) = 62.99', () => {
    expect(uslThroughput(law, 4)).toBeCloseTo(80 / 1.27, 12)
    expect(uslThroughput(law, 1)).toBe(20)
  })

  it('is highest at sqrt(0.95 / 0.01) = 9.75', () => {
    const peak = peakOf(law)!
    expect(peak).toBeCloseTo(9.7468, 4)
    expect(uslThroughput(law, peak)).toBeGreaterThan(uslThroughput(law, peak - 0.01))
    expect(uslThroughput(law, peak)).toBeGreaterThan(uslThroughput(law, peak + 0.01))
    expect(peakOf({ ...law, kappa: 0 })).toBeNull()
  })
})

/** SPEC SDM91 on a SPARCcenter 2000: load and scripts/hour, the data set specsdm91 of the R package usl. */
const SDM91 = [
  [1, 64.9],
  [18, 995.9],
  [36, 1652.4],
  [72, 1853.2],
  [108, 1828.9],
  [144, 1775],
  [216, 1702.2],
] as const

describe('the fit', () => {
  it('of SPEC SDM91 is that of the R package usl 3.0: 0.0277285, 0.0001044, 89.9952, peak 1884 at 96.52', () => {
    const fit = fitUsl(SDM91.map(([n, perS]) => ({ n, perS, standardError: 82.8 })))!
    const law = { lambda: fit.lambda.estimate, sigma: fit.sigma.estimate, kappa: fit.kappa.estimate }
    expect(law.sigma).toBeCloseTo(0.0277285, 6)
    expect(law.kappa).toBeCloseTo(0.0001044, 7)
    expect(law.lambda).toBeCloseTo(89.9952, 3)
    expect(fit.peak!.estimate).toBeCloseTo(96.52, 2)
    expect(uslThroughput(law, fit.peak!.estimate)).toBeCloseTo(1884, 0)
    expect(fit.linear).toBe(false)
  })

  it('of exact points gives the law back', () => {
    const law = { lambda: 9.3, sigma: 0.04, kappa: 0.012 }
    const fit = fitUsl(pointsOf(law, [1, 2, 4, 8], 0.01))!
    expect(fit.lambda.estimate).toBeCloseTo(9.3, 6)
    expect(fit.sigma.estimate).toBeCloseTo(0.04, 6)
    expect(fit.kappa.estimate).toBeCloseTo(0.012, 6)
    expect(fit.peak!.estimate).toBeCloseTo(peakOf(law)!, 4)
    expect(fit).toMatchObject({ linear: false, upTo: 8 })
  })

  it('of noisy points has the law in its 95 % intervals, in at least 53 of 60', () => {
    const law = { lambda: 9.3, sigma: 0.15, kappa: 0.02 }
    const covered = { lambda: 0, sigma: 0, kappa: 0 }
    for (let seed = 1; seed <= 60; seed++) {
      const fit = fitUsl(pointsOf(law, [1, 2, 4, 8, 16], 0.02, noiseOf(seed)), seed)!
      for (const name of ['lambda', 'sigma', 'kappa'] as const)
        if (fit[name].lo! <= law[name] && law[name] <= fit[name].hi!) covered[name]++
    }
    // 57 are expected; fewer than 53 have probability 3 % where the coverage is 95 %.
    for (const [name, count] of Object.entries(covered)) expect(count, name).toBeGreaterThanOrEqual(53)
  })

  it('calls a straight line linear in at least 19 of 20, and never gives a negative part', () => {
    const fits = Array.from(
      { length: 60 },
      (_, i) => fitUsl(pointsOf({ lambda: 9.3, sigma: 0, kappa: 0 }, [1, 2, 4, 8], 0.03, noiseOf(i + 1)))!,
    )
    expect(fits.filter(({ linear }) => linear).length).toBeGreaterThanOrEqual(57)
    for (const { sigma, kappa } of fits) {
      expect(sigma.lo).toBe(0)
      expect(kappa.lo).toBe(0)
    }
  })

  it('sees that two cores end it: 50, 96, 98, 90 answers/s', () => {
    const perS = [50, 96, 98, 90]
    const fit = fitUsl([1, 2, 4, 8].map((n, i) => ({ n, perS: perS[i]!, standardError: 2 })))!
    expect(fit.linear).toBe(false)
    expect(fit.peak!.estimate).toBeGreaterThan(2)
    expect(fit.peak!.estimate).toBeLessThan(6)
  })

  it('of two fleet sizes is none', () => {
    expect(fitUsl(pointsOf({ lambda: 9, sigma: 0, kappa: 0 }, [1, 2, 2], 0.01))).toBeNull()
  })
})

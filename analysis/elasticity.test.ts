import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Elasticity, elasticityOf, elasticSpeedUp, workflowElasticityOf } from './elasticity.ts'
import type { StepSeries } from './replicas.ts'

const SECONDS = { durationMs: 20_000, stepMs: 1000 }
const steps = (...pairs: [atS: number, value: number][]): StepSeries => ({
  atMs: pairs.map(([atS]) => 1000 * atS),
  values: pairs.map(([, value]) => value),
})

// The example in the tests of BUNGEE, the benchmark of the metrics' authors.
const DEMAND = steps([0, 1], [7, 5], [16, 3], [17, 2], [19, 4])
const SUPPLY = steps([0, 1], [2, 2], [3, 1], [5, 3], [9, 7], [11, 6], [12, 8], [14, 2], [20, 2])

describe('the worked example, 20 s', () => {
  it('thetaU 14.1667 %, thetaO 36 %, tauU 30 %, tauO 40 %, jitter 8/20', () => {
    const { thetaU, thetaO, tauU, tauO, jitterPerS } = elasticityOf(DEMAND, SUPPLY, SECONDS)
    expect(100 * thetaU).toBeCloseTo(14.1667, 4)
    expect(thetaO).toBeCloseTo(0.36, 12)
    expect(tauU).toBeCloseTo(0.3, 12)
    expect(tauO).toBeCloseTo(0.4, 12)
    expect(jitterPerS).toBeCloseTo((17 - 9) / 20, 12)
  })

  it('areas of 13 and 16 replica-seconds, of the 8 x 20 that there could be', () => {
    const { aU, aO, ...others } = workflowElasticityOf(DEMAND, SUPPLY, { ...SECONDS, resources: 8 })
    expect(aU).toBeCloseTo(13 / 160, 12)
    expect(aO).toBeCloseTo(16 / 160, 12)
    expect(100 * others.aUNormalised).toBeCloseTo(14.1667, 4)
    expect(others.aONormalised).toBeCloseTo(0.36, 12)
    expect([others.tU, others.tO]).toEqual([expect.closeTo(0.3), expect.closeTo(0.4)])
  })

  it('both never move in the same second: 7 moves of the supply and 4 of the demand are 11 of 20 seconds', () => {
    expect(elasticityOf(DEMAND, SUPPLY, SECONDS).instability).toBeCloseTo(11 / 20, 12)
    const { kOver, kUnder } = workflowElasticityOf(DEMAND, SUPPLY, { ...SECONDS, resources: 8 })
    // Over: supply up at 2, 5, 9, 12, demand down at 16, 17. Under: supply down at 3, 11, 14, demand up at 7, 19.
    expect([kOver, kUnder]).toEqual([6 / 20, 5 / 20])
  })
})

const seriesOf = (min: number) =>
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 25_000 }), fc.integer({ min, max: 9 })), {
      minLength: 1,
      maxLength: 12,
    })
    .map((corners): StepSeries => {
      const byTime = new Map(corners)
      const atMs = [...byTime.keys()].sort((a, b) => a - b)
      return { atMs: [0, ...atMs.map((at) => at + 1)], values: [3, ...atMs.map((at) => byTime.get(at)!)] }
    })
const series = seriesOf(1)
const scaled = ({ atMs, values }: StepSeries, time: number, size: number): StepSeries => ({
  atMs: atMs.map((at) => at * time),
  values: values.map((value) => value * size),
})
const close = (a: Elasticity, b: Elasticity) => {
  for (const name of Object.keys(a) as (keyof Elasticity)[]) expect(a[name], name).toBeCloseTo(b[name], 9)
}

describe('laws', () => {
  it('a supply that is the demand: nothing but zeros', () => {
    fc.assert(
      fc.property(seriesOf(0), (d) => {
        expect(new Set(Object.values(elasticityOf(d, d, SECONDS)))).toEqual(new Set([0]))
      }),
    )
  })

  it('twice the replicas of both change nothing but the jitter, which doubles', () => {
    fc.assert(
      fc.property(series, series, (d, s) => {
        const once = elasticityOf(d, s, SECONDS)
        const twice = elasticityOf(scaled(d, 1, 2), scaled(s, 1, 2), SECONDS)
        close(twice, { ...once, jitterPerS: 2 * once.jitterPerS })
      }),
    )
  })

  it('slowed down three times: the same, with a third of the jitter', () => {
    fc.assert(
      fc.property(series, series, (d, s) => {
        const once = elasticityOf(d, s, SECONDS)
        const slow = elasticityOf(scaled(d, 3, 1), scaled(s, 3, 1), { durationMs: 60_000, stepMs: 3000 })
        close(slow, { ...once, jitterPerS: once.jitterPerS / 3 })
      }),
    )
  })

  it('with roles exchanged, too little is too much; over and under never hold at once', () => {
    fc.assert(
      fc.property(series, series, (d, s) => {
        const there = elasticityOf(d, s, SECONDS)
        const back = elasticityOf(s, d, SECONDS)
        expect(there.tauU).toBeCloseTo(back.tauO, 9)
        expect(there.jitterPerS).toBeCloseTo(-back.jitterPerS, 9)
        expect(there.tauU + there.tauO).toBeLessThanOrEqual(1 + 1e-9)
        expect(there.thetaU).toBeLessThanOrEqual(there.tauU + 1e-9)
      }),
    )
  })

  it('agree with a sum over milliseconds', () => {
    const millisecond = { durationMs: 300, stepMs: 10 }
    fc.assert(
      fc.property(series, series, (d, s) => {
        const [demand, supply] = [scaled(d, 0.012, 1), scaled(s, 0.012, 1)].map(onMilliseconds)
        const { thetaU, thetaO, tauU, tauO } = elasticityOf(demand!, supply!, millisecond)
        const plain = { thetaU: 0, thetaO: 0, tauU: 0, tauO: 0 }
        for (let ms = 0; ms < 300; ms++) {
          const [a, b] = [plainValue(demand!, ms), plainValue(supply!, ms)]
          if (b < a) plain.tauU += 1 / 300
          if (b > a) plain.tauO += 1 / 300
          plain.thetaU += Math.max(0, a - b) / a / 300
          plain.thetaO += Math.max(0, b - a) / a / 300
        }
        close(
          { ...plain, instability: 0, jitterPerS: 0 },
          { thetaU, thetaO, tauU, tauO, instability: 0, jitterPerS: 0 },
        )
      }),
    )
  })

  it('the instability is what k counts in both directions', () => {
    fc.assert(
      fc.property(series, series, (d, s) => {
        const { kOver, kUnder } = workflowElasticityOf(d, s, { ...SECONDS, resources: 9 })
        expect(elasticityOf(d, s, SECONDS).instability).toBeCloseTo(kOver + kUnder, 12)
      }),
    )
  })

  it('what happens at the end or after it changes nothing', () => {
    const ended = (extra: [number, number][]) =>
      elasticityOf(DEMAND, steps([0, 1], [9, 4], ...extra), SECONDS)
    expect(
      ended([
        [20.5, 9],
        [30, 1],
      ]),
    ).toEqual(ended([]))
    expect(ended([[20, 9]]).jitterPerS).toBe(ended([]).jitterPerS)
  })

  it('a demand of 0 counts as 1: three idle replicas are three demands too many', () => {
    expect(elasticityOf(steps([0, 0]), steps([0, 3]), SECONDS)).toMatchObject({
      thetaO: 3,
      thetaU: 0,
      tauO: 1,
    })
  })
})

describe('the elastic speed-up', () => {
  const auto = elasticityOf(DEMAND, SUPPLY, SECONDS)

  it('of a policy over itself is 1, and of each over the other the inverse', () => {
    const other = elasticityOf(DEMAND, steps([0, 2], [10, 4]), SECONDS)
    expect(elasticSpeedUp(auto, auto)).toBe(1)
    expect(elasticSpeedUp(auto, other)! * elasticSpeedUp(other, auto)!).toBeCloseTo(1, 12)
  })

  it('2, 8, 1 and 1 times better is twice: the fourth root of 16', () => {
    const base = { ...auto, thetaU: 2 * auto.thetaU, thetaO: 8 * auto.thetaO }
    expect(elasticSpeedUp(auto, base)).toBeCloseTo(2, 12)
  })

  it('0 beside 0 is no difference; 0 beside something is no number; something beside 0 is 0', () => {
    const none = { ...auto, thetaU: 0, tauU: 0 }
    expect(elasticSpeedUp(none, none)).toBe(1)
    expect(elasticSpeedUp(none, auto)).toBeNull()
    expect(elasticSpeedUp(auto, none)).toBe(0)
  })
})

const onMilliseconds = ({ atMs, values }: StepSeries): StepSeries => {
  const byTime = new Map(atMs.map((at, i) => [Math.round(at), values[i]!]))
  return { atMs: [...byTime.keys()], values: [...byTime.values()] }
}

function plainValue({ atMs, values }: StepSeries, ms: number): number {
  return values[atMs.findLastIndex((at) => at <= ms)]!
}

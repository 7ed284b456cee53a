import { describe, expect, it } from 'vitest'
import { contextOf, drive, times } from './drive.case.ts'
import { parabolaNow, reg } from './reg.ts'

const load = (replicas: number) => ({ arrivalsPerS: replicas * 10 })
const context = contextOf(reg, ['utilisation=1'])

describe('the parabola', () => {
  it('gives back an exact one, whatever the origin of time', () => {
    const loads = Array.from({ length: 72 }, (_, i) => ({
      atMs: 7e7 + 1000 * i,
      value: 3 + 0.5 * i - 0.01 * i * i,
    }))
    expect(parabolaNow(loads)).toBeCloseTo(3 + 0.5 * 71 - 0.01 * 71 * 71, 8)
  })

  it('worked: 0, 1, 0, 1 at seconds 0 to 3 has 0.25 + 0.2 (t - 1.5) and no curvature: 0.8, less 0.25 of the mean', () => {
    // Orthogonal polynomials on 4 points: mean 0.5; slope (-3, -1, 1, 3) / 20 -> 0.2; curvature (1, -1, -1, 1) / 4 -> 0.
    const loads = [0, 1, 0, 1].map((value, i) => ({ atMs: 1000 * i, value }))
    expect(parabolaNow(loads)).toBeCloseTo(0.5 + 0.2 * 1.5, 12)
  })

  it('is unknown with fewer than three loads, or at one time', () => {
    const at = (...ms: number[]) => parabolaNow(ms.map((atMs) => ({ atMs, value: 1 })))
    expect(at(0, 1000)).toBeNull()
    expect(at(5, 5, 5)).toBeNull()
    expect(at(0, 0, 9, 9)).toBeNull()
  })
})

describe('reg', () => {
  it('scales out at once to the load', () => {
    expect(drive(reg, context, [load(5.5)], 3)[0]!.target).toBe(6)
  })

  it('holds on its first two loads where there is more than enough', () => {
    const steps = drive(reg, context, times(3, load(2)), 8)
    expect(steps.map(({ target }) => target)).toEqual([8, 8, 2])
    expect(steps[0]!.reason).toContain('no regression yet')
  })

  it('scales in less far than the load after one low sample, since the parabola looks back', () => {
    const steps = drive(
      reg,
      contextOf(reg, ['utilisation=1', 'samples=20']),
      [...times(20, load(7.5)), load(1)],
      8,
    )
    expect(steps.at(-1)!.target).toBeGreaterThan(4)
    expect(steps.at(-1)!.target).toBeLessThan(8)
  })

  it('neither goes below the load nor above what it has, whatever the parabola says', () => {
    // The parabola through twenty loads of 1 and one of 4.5 ends at about 2.3.
    const jump = [...times(20, load(1)), { ...load(4.5), target: 9 }]
    expect(drive(reg, context, jump, 2).at(-1)!.target).toBe(5)
    const spike = [1, 1, 1, 30, 5].map((replicas, i) => ({
      ...load(replicas),
      ...(i === 4 ? { target: 6 } : {}),
    }))
    expect(drive(reg, context, spike, 2).at(-1)).toMatchObject({ kind: 'hold' })
  })

  it('keeps `samples` loads', () => {
    expect(drive(reg, context, times(200, load(1))).at(-1)!.state.loads).toHaveLength(72)
  })
})

import { describe, expect, it } from 'vitest'
import { UserError } from '../../base/errors.ts'
import { cellsOf, parseChoice, runOrder } from './matrix.ts'

describe('a policy of the matrix', () => {
  it.each([
    ['pid', { policy: 'pid', set: [] }],
    ['pid:kp=0.5,tiMs=2000', { policy: 'pid', set: ['kp=0.5', 'tiMs=2000'] }],
    ['./my.ts:a=1', { policy: './my.ts', set: ['a=1'] }],
    ['pid | cooldown:cooldown.upMs=5', { policy: 'pid | cooldown', set: ['cooldown.upMs=5'] }],
  ])('%s', (label, expected) => {
    expect(parseChoice(label)).toMatchObject(expected)
  })

  it.each(['', ':kp=1', 'pid:kp'])('refuses %j', (label) => {
    expect(() => parseChoice(label)).toThrow(UserError)
  })
})

describe('the matrix', () => {
  const cells = cellsOf(['spike', 'traces/step.json'], ['pid', 'pid:kp=0.5', './my.ts'].map(parseChoice))

  it('is every policy on every trace, each with a folder of its own', () => {
    expect(cells.map(({ folder }) => folder)).toEqual([
      'spike-pid',
      'spike-pid-kp=0.5',
      'spike-my',
      'step-pid',
      'step-pid-kp=0.5',
      'step-my',
    ])
  })

  it('refuses a policy twice', () => {
    expect(() => cellsOf(['spike'], ['pid', 'pid'].map(parseChoice))).toThrow(/pid on spike.*once/)
  })

  it('is run repeat by repeat, each in an order of its own, with the same seed for all cells of a repeat', () => {
    const order = runOrder(cells, { repeats: 3, seed: 7 })
    expect(order).toHaveLength(18)
    const orders = [0, 1, 2].map((r) => order.slice(6 * r, 6 * r + 6))
    for (const [r, runs] of orders.entries()) {
      expect(new Set(runs.map(({ cell }) => cell.folder)).size).toBe(6)
      expect(new Set(runs.map(({ seed }) => seed))).toEqual(new Set([7 + r]))
      expect(new Set(runs.map(({ repeat }) => repeat))).toEqual(new Set([r + 1]))
    }
    const names = orders.map((runs) => runs.map(({ cell }) => cell.folder).join())
    expect(new Set(names).size).toBe(3)
    expect(runOrder(cells, { repeats: 3, seed: 7 })).toEqual(order)
  })
})

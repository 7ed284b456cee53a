import { expect, it } from 'vitest'
import { clockText, latencyAxis, linearAxis, timeTicksMs } from './axes.ts'

it.each<[number, boolean, number[]]>([
  [1, false, [0, 0.25, 0.5, 0.75, 1]],
  [37, false, [0, 10, 20, 30, 40]],
  [2, true, [0, 1, 2]],
  [3, true, [0, 1, 2, 3]],
  [7, true, [0, 2, 4, 6, 8]],
])('up to %d (whole: %s) it counts %j', (max, whole, ticks) => {
  const axis = linearAxis(max, { whole })
  expect(axis.ticks).toEqual(ticks)
  expect(axis.place(0)).toBe(0)
  expect(axis.place(ticks.at(-1)!)).toBe(1)
})

it('latencies far apart get a logarithmic axis, which is said', () => {
  const axis = latencyAxis([20, 500, 9000])
  expect(axis.remark).toBe(', log scale')
  expect(axis.place(20)).toBe(0)
  expect(axis.place(10_000)).toBeCloseTo(1, 12)
  expect(axis.place(200)).toBeCloseTo(Math.log(10) / Math.log(500), 12)
  expect(latencyAxis([200, 500]).remark).toBe('')
})

it('labels as many times as fit, at steps that people count in', () => {
  expect(timeTicksMs(90_000, 9)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90].map((s) => 1000 * s))
  expect(timeTicksMs(90_000, 4)).toEqual([0, 30_000, 60_000, 90_000])
  expect(timeTicksMs(3_600_000, 6).at(1)).toBe(600_000)
})

it('tells a time in seconds, then in minutes', () => {
  expect([0, 34_400, 119_000, 125_000, 3_600_000].map(clockText)).toEqual([
    '0 s',
    '34 s',
    '119 s',
    '2:05',
    '60:00',
  ])
})

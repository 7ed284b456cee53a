import { expect, it } from 'vitest'
import { quantityOf } from './manifest.ts'

it.each<[unknown, number]>([
  [5, 5],
  ['0.5', 0.5],
  ['.5', 0.5],
  ['700m', 0.7],
  ['2k', 2000],
  ['1Ki', 1024],
  ['1e3', 1000],
  ['1E', 1e18],
  [1e-7, 1e-7],
])('quantity %j', (text, expected) => {
  expect(quantityOf(text, 'x')).toBe(expected)
})

it.each(['', 'x', '-1', '1 m', '1mm', null, undefined, {}])('no quantity: %j', (text) => {
  expect(() => quantityOf(text, 'x')).toThrow('expected a quantity such as 5, 0.5 or 500m')
})

import { expect, it } from 'vitest'
import { parseRateLimit } from './rateLimit.ts'

it.each([
  ['10 per second', { kind: 'fixed-window', limit: 10, windowMs: 1000 }],
  ['10/second', { kind: 'fixed-window', limit: 10, windowMs: 1000 }],
  ['100 per 5 minutes', { kind: 'fixed-window', limit: 100, windowMs: 300_000 }],
  ['5000 per day', { kind: 'fixed-window', limit: 5000, windowMs: 86_400_000 }],
  ['3 per second moving', { kind: 'moving-window', limit: 3, windowMs: 1000 }],
  ['off', null],
])('%s', (text, limit) => {
  expect(parseRateLimit(text, '--rate-limit')).toEqual(limit)
})

it.each(['', '0 per second', '5 per 0 minutes', '5 per week', 'ten per second'])('%j is none', (text) => {
  expect(() => parseRateLimit(text, '--rate-limit')).toThrow('--rate-limit is')
})

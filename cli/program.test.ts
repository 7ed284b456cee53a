import { expect, it } from 'vitest'
import { visible } from './program.ts'

it('a text of a file does not command the terminal', () => {
  expect(visible('a\x1b]0;title\x07\x1b[2J\r\x9b1mb\x7f\0')).toBe('a�]0;title��[2J��1mb��')
  expect(visible('two\nlines,\ta tab, 90 % ≥ ü “q” 😀')).toBe('two\nlines,\ta tab, 90 % ≥ ü “q” 😀')
})

import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hashOf } from './hash.ts'
import { sha256Hex as inBrowser } from './sha256.browser.ts'

it('is SHA-256 of the canonical JSON, as any other program has it', () => {
  // printf '{"a":1,"b":[2,"é"]}' | sha256sum
  expect(hashOf({ b: [2, 'é'], a: 1 })).toBe(
    '992f8d0a5d6192a6c1c9dd35a695b4ce8c743eaa26836ab176d7367cf0bd62b1',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.double({ noNaN: true }))), (list) => {
      const hash = createHash('sha256').update(JSON.stringify(list)).digest('hex')
      expect(hashOf(list)).toBe(hash)
      expect(inBrowser(JSON.stringify(list))).toBe(hash)
    }),
  )
})

it('does not depend on the order of keys, at any depth, and does on the order of a list', () => {
  expect(hashOf({ a: { x: 1, y: 2 }, b: 3 })).toBe(hashOf({ b: 3, a: { y: 2, x: 1 } }))
  expect(hashOf([1, 2])).not.toBe(hashOf([2, 1]))
})

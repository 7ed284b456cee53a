import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UserError } from '../base/errors.ts'
import { FAULTS, type FaultKind, faultText, parseFault } from './faults.ts'

describe('a fault as a person writes it', () => {
  it.each([
    ['kill@30s', { kind: 'kill', atMs: 30_000, durationMs: 0, replica: 0, factor: 1 }],
    ['kill:2@1.5m', { kind: 'kill', atMs: 90_000, durationMs: 0, replica: 2, factor: 1 }],
    ['hang:1@30s+10s', { kind: 'hang', atMs: 30_000, durationMs: 10_000, replica: 1, factor: 1 }],
    ['slow:0x2.5@0s+250ms', { kind: 'slow', atMs: 0, durationMs: 250, replica: 0, factor: 2.5 }],
    ['slow:3@1s+1s', { kind: 'slow', atMs: 1000, durationMs: 1000, replica: 3, factor: 4 }],
    ['engine-slow@5s+20s', { kind: 'engine-slow', atMs: 5000, durationMs: 20_000, replica: 0, factor: 1 }],
  ])('%s', (text, fault) => {
    expect(parseFault(text)).toEqual(fault)
  })

  it.each([
    ['', 'expected KIND[:ARGUMENT]@TIME'],
    ['explode@30s', 'KIND one of kill, oom'],
    ['kill', 'expected KIND'],
    ['kill@soon', 'the time is "soon", expected a duration with its unit'],
    ['kill@30s+10s', 'no duration, since kill happens at one moment: kill@30s'],
    ['hang@30s', 'a duration longer than 0ms after +, since hang lasts: hang@30s+10s'],
    ['hang@30s+0s', 'a duration longer than 0ms'],
    ['kill:-1@30s', 'a replica from 0'],
    ['kill:0x4@30s', 'only slow has one'],
    ['slow:0x1@30s+1s', 'a factor above 1'],
    ['slow:0x4x4@30s+1s', 'a replica from 0'],
    ['proxy-kill:0@30s', 'no argument'],
    ['__proto__@30s', 'KIND one of'],
  ])('%j is refused: %s', (text, words) => {
    expect(() => parseFault(text)).toThrow(UserError)
    expect(() => parseFault(text)).toThrow(words)
  })

  it('is read as it was written', () => {
    const ms = fc.integer({ min: 1, max: 400_000_000 })
    const fault = fc.constantFrom(...(Object.keys(FAULTS) as FaultKind[])).chain((kind) => {
      const { takes, lasts } = FAULTS[kind]
      return fc.record({
        kind: fc.constant(kind),
        atMs: fc.oneof(fc.constant(0), ms),
        durationMs: lasts ? ms : fc.constant(0),
        replica: takes === null ? fc.constant(0) : fc.nat(999),
        factor: takes === 'replica and factor' ? fc.constantFrom(1.5, 4, 1000) : fc.constant(1),
      })
    })
    fc.assert(
      fc.property(fault, (one) => {
        expect(parseFault(faultText(one))).toEqual(one)
      }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { erlangB, erlangC } from './erlang.ts'

describe('Erlang’s formulas', () => {
  // Published tables of both formulas agree with these to their digits.
  it.each([
    { offered: 1, servers: 2, b: 0.2, c: 0.333333, wait: 0.333333 },
    { offered: 5, servers: 7, b: 0.120519, c: 0.32415, wait: 0.162075 },
    { offered: 8, servers: 10, b: 0.121661, c: 0.40918, wait: 0.20459 },
    { offered: 20, servers: 25, b: 0.050222, c: 0.209103, wait: 0.041821 },
    { offered: 50, servers: 56, b: 0.045792, c: 0.309348, wait: 0.051558 },
  ])('offered $offered to $servers servers: B $b, C $c, and a mean wait of $wait services', (row) => {
    const c = erlangC(row.servers, row.offered)
    expect(erlangB(row.servers, row.offered)).toBeCloseTo(row.b, 6)
    expect(c).toBeCloseTo(row.c, 6)
    expect(c / (row.servers - row.offered)).toBeCloseTo(row.wait, 6)
  })

  // Halfin and Whitt's square-root rule would say 0.5045, 0.2234 and 0.0269.
  it.each([
    { servers: 23, c: 0.4157 },
    { servers: 25, c: 0.2091 },
    { servers: 29, c: 0.0401 },
  ])('20 offered to $servers servers: $c wait', ({ servers, c }) => {
    expect(erlangC(servers, 20)).toBeCloseTo(c, 4)
  })

  it('one server: blocked a / (1 + a), waiting rho; no load: neither', () => {
    expect(erlangB(1, 0.6)).toBeCloseTo(0.6 / 1.6, 12)
    expect(erlangC(1, 0.6)).toBeCloseTo(0.6, 12)
    expect(erlangC(3, 0)).toBe(0)
  })
})

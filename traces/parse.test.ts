import { describe, expect, test } from 'vitest'
import { UserError } from '../base/errors.ts'
import { parseTrace } from './parse.ts'
import type { ClosedLoad } from './trace.ts'

const header = { schema: 1, name: 'x', mix: { read: 1 }, duration: '60s' }
const rate = { kind: 'rate', points: [{ at: '0s', ratePerS: 5 }] }
const STATES = [
  { factor: 0.5, mean: '20s' },
  { factor: 3, mean: '5s' },
]
const mmpp = (part: object) => ({ ...header, load: rate, process: 'mmpp', burst: STATES, ...part })
const users = (part: object) => ({
  ...header,
  load: { kind: 'users', points: [{ at: '0s', users: 5 }], think: '1s', ...part },
})

describe('burst', () => {
  test('factors are divided by their average over time, so that the load says the mean rate', () => {
    // (0.5 x 20 + 3 x 5) / 25 = 1; written eight times as large they mean the same.
    const burst = [
      { factor: 0.5, meanMs: 20_000 },
      { factor: 3, meanMs: 5000 },
    ]
    expect(parseTrace(mmpp({}), 'f').burst).toEqual(burst)
    const eightfold = STATES.map(({ factor, mean }) => ({ factor: factor * 8, mean }))
    expect(parseTrace(mmpp({ burst: eightfold }), 'f').burst).toEqual(burst)
    const uneven = [
      { factor: 1, mean: '3s' },
      { factor: 4, mean: '1s' },
      { factor: 0, mean: '4s' },
    ]
    const factors = parseTrace(mmpp({ burst: uneven }), 'f').burst!.map(({ factor }) => factor)
    expect(factors).toEqual([1 / (7 / 8), 4 / (7 / 8), 0])
  })

  test.each<[object, string]>([
    [
      { burst: undefined },
      'f: burst is undefined, expected a list of at least two states such as {"factor": 3, "mean": "5s"} for "process": "mmpp"',
    ],
    [
      { burst: [{ factor: 1, mean: '5s' }] },
      'f: burst is [{"factor":1,"mean":"5s"}], expected a list of at least two states such as {"factor": 3, "mean": "5s"} for "process": "mmpp"',
    ],
    [
      { process: 'poisson' },
      'f: burst is [{"factor":0.5,"mean":"20s"},{"factor":3,"mean":"5s"}], expected no burst without "process": "mmpp"',
    ],
    [
      { load: { kind: 'counts', interval: '10s', counts: [1] } },
      'f: process is "mmpp", expected poisson or even: counts are data, only a load of kind rate can have bursts',
    ],
    [
      { load: { kind: 'arrivals', at: ['1s'] } },
      'f: process is "mmpp", expected poisson or even: arrivals are data, only a load of kind rate can have bursts',
    ],
    [{ burst: [STATES[0], 7] }, 'f: burst[1] is 7, expected a state such as {"factor": 3, "mean": "5s"}'],
    [
      { burst: [STATES[0], { factor: -1, mean: '5s' }] },
      'f: burst[1].factor is -1, expected a number from 0 to 1000000',
    ],
    [
      { burst: [STATES[0], { factor: Number.NaN, mean: '5s' }] },
      'f: burst[1].factor is null, expected a number from 0 to 1000000',
    ],
    [
      { burst: [STATES[0], { factor: 1, mean: '0s' }] },
      'f: burst[1].mean is "0s", expected more than 0ms and at most 366 days',
    ],
    [
      { burst: [STATES[0], { factor: 1, mean: 5 }] },
      'f: burst[1].mean is 5, expected a duration with its unit, such as 250ms, 30s, 5m or 1h',
    ],
    [
      { burst: [0, 0].map((factor) => ({ factor, mean: '5s' })) },
      'f: burst is [{"factor":0,"mean":"5s"},{"factor":0,"mean":"5s"}], expected at least one factor of 0.000001 or more',
    ],
    [
      { burst: [1, 2].map((factor) => ({ factor, mean: '0.0000078125ms' })) },
      'f: expected number of changes of state in burst is 7680000000, expected more than 0 and at most 2000000000',
    ],
  ])('what is wrong is said (%#)', (part, message) => {
    expect(() => parseTrace(mmpp(part), 'f')).toThrow(new UserError(message))
  })
})

describe('users', () => {
  test.each<[unknown, ClosedLoad['think']]>([
    ['1s', { kind: 'constant', ms: 1000 }],
    ['0ms', { kind: 'constant', ms: 0 }],
    [{ uniform: ['1s', '3s'] }, { kind: 'uniform', minMs: 1000, maxMs: 3000 }],
    [{ exponential: '2s' }, { kind: 'exponential', meanMs: 2000 }],
  ])('think %j', (think, expected) => {
    expect(parseTrace(users({ think }), 'f').load).toEqual({
      kind: 'users',
      points: [{ atMs: 0, users: 5 }],
      think: expected,
    })
  })

  test('the trace ends with the last point', () => {
    const points = [
      { at: '0s', users: 1 },
      { at: '5s', users: 3 },
    ]
    expect(parseTrace({ ...users({ points }), duration: undefined }, 'f').durationMs).toBe(5000)
  })

  const THINK = 'a duration such as "1s", or {"uniform": ["1s", "3s"]}, or {"exponential": "2s"}'
  test.each<[object, string]>([
    [users({ think: undefined }), `f: load.think is undefined, expected ${THINK}`],
    [users({ think: 2 }), `f: load.think is 2, expected ${THINK}`],
    [users({ think: { normal: '1s' } }), `f: load.think is {"normal":"1s"}, expected ${THINK}`],
    [
      users({ think: { exponential: '1s', uniform: ['1s', '2s'] } }),
      `f: load.think is {"exponential":"1s","uniform":["1s","2s"]}, expected ${THINK}`,
    ],
    [
      users({ think: '1' }),
      'f: load.think is "1", expected a duration with its unit, such as 250ms, 30s, 5m or 1h',
    ],
    [
      users({ think: { exponential: '0s' } }),
      'f: load.think.exponential is "0s", expected a mean of more than 0ms',
    ],
    [
      users({ think: { exponential: '9000h' } }),
      'f: load.think.exponential is "9000h", expected at most 366 days',
    ],
    [
      users({ think: { uniform: ['3s', '1s'] } }),
      'f: load.think.uniform is ["3s","1s"], expected two durations, the shorter one first, such as ["1s", "3s"]',
    ],
    [
      users({ points: [{ at: '0s', users: 1.5 }] }),
      'f: load.points[0].users is 1.5, expected a whole number of users >= 0',
    ],
    [
      users({ points: [{ at: '0s', users: -1 }] }),
      'f: load.points[0].users is -1, expected a whole number of users >= 0',
    ],
    [
      users({ points: [{ at: '0s', ratePerS: 1 }] }),
      'f: load.points[0] is {"at":"0s","ratePerS":1}, expected a point such as {"at": "10s", "users": 5}',
    ],
    [
      users({ points: [] }),
      'f: load.points is [], expected a list of at least one point such as {"at": "10s", "users": 5}',
    ],
    [
      users({
        points: [
          { at: '9s', users: 1 },
          { at: '8s', users: 1 },
        ],
      }),
      'f: load.points[1].at is "8s", expected a time not before the one above it, 9000ms',
    ],
    [
      users({ points: [{ at: '0s', users: 0 }] }),
      'f: most users in load is 0, expected more than 0 and at most 1000000',
    ],
    [
      users({ points: [{ at: '0s', users: 1e7 }] }),
      'f: most users in load is 10000000, expected more than 0 and at most 1000000',
    ],
    [
      users({ points: Array.from({ length: 30 }, (_, i) => ({ at: `${i}s`, users: i % 2 ? 1e6 : 0 })) }),
      'f: comings and goings of users in load is 29000000, expected more than 0 and at most 10000000',
    ],
    [users({ rate: 5 }), 'f: key in load is "rate", expected one of kind, points, think'],
    [
      { ...users({}), process: 'even' },
      'f: process is "even", expected to be left out: users come when they have thought, not by an arrival process',
    ],
    [
      { ...users({}), process: 'mmpp', burst: STATES },
      'f: process is "mmpp", expected to be left out: users come when they have thought, not by an arrival process',
    ],
    [
      { ...users({}), burst: STATES },
      'f: burst is [{"factor":0.5,"mean":"20s"},{"factor":3,"mean":"5s"}], expected no burst without "process": "mmpp"',
    ],
  ])('what is wrong is said (%#)', (file, message) => {
    expect(() => parseTrace(file, 'f')).toThrow(new UserError(message))
  })
})

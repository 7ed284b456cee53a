import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { POLICIES } from '../../policies/index.ts'
import { parseTrace } from '../../traces/parse.ts'
import { commandOf } from './command.ts'
import { besides, moved, ofLength, withoutPoint, withPoint } from './controls/curvePoints.ts'
import { nearestStop, stopsOf } from './controls/stops.ts'
import { drawnTrace, traceFile } from './drawn.ts'
import { fragmentOf, readFragment } from './fragment.ts'
import { OFFERED } from './offered.ts'
import { differenceText, headlineOf, rangeText } from './results/words.ts'
import { DEFAULT_SETTING, inPageWords, type Setting } from './setting.ts'

const TRACES = ['spike', 'ramp']

describe('a slider', () => {
  const specs = POLICIES.flatMap(({ name, parameters }) =>
    Object.entries(parameters).map(([key, spec]) => ({ key: `${name}.${key}`, spec })),
  )

  it.each(specs)(
    'of $key has both bounds and the default, few stops in order, and whole ones where they must be',
    ({ spec }) => {
      const stops = stopsOf(spec)
      expect(stops).toContain(spec.default)
      expect([stops[0], stops.at(-1)]).toEqual([spec.min, spec.max])
      expect(stops.every((stop, i) => i === 0 || stop > stops[i - 1]!)).toBe(true)
      expect(stops.length).toBeLessThanOrEqual(250)
      if (spec.scale === 'integer') expect(stops.every(Number.isInteger)).toBe(true)
    },
  )

  it('is even near its default and goes by decades over a far range or where the spec says log', () => {
    const common = { description: '', unit: '1', min: 0 }
    const even = stopsOf({ ...common, max: 1, default: 0.5, scale: 'linear' })
    expect(even.slice(0, 3)).toEqual([0, 0.01, 0.02])
    const far = stopsOf({ ...common, max: 3_600_000, default: 3000, scale: 'linear' })
    expect(far.slice(0, 4)).toEqual([0, 30, 35, 40])
    const log = stopsOf({ ...common, min: 0.1, max: 1, default: 0.5, scale: 'log' })
    expect(log).toEqual([
      0.1, 0.12, 0.15, 0.18, 0.2, 0.22, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1,
    ])
    expect([nearestStop(log, 0.105), nearestStop(log, 0.999), nearestStop(log, 5)]).toEqual([0, 16, 16])
  })
})

describe('the URL', () => {
  const choice = fc.constantFrom(...OFFERED).chain(({ name, parameters }) =>
    fc.subarray(Object.entries(parameters)).map((some) => ({
      policy: name,
      set: Object.fromEntries(some.map(([key, spec]) => [key, spec.max])),
    })),
  )
  const points = fc
    .uniqueArray(fc.integer({ min: 1, max: 1800 }), { minLength: 1, maxLength: 8 })
    .chain((times) =>
      fc
        .array(fc.integer({ min: 0, max: 2000 }), {
          minLength: times.length + 1,
          maxLength: times.length + 1,
        })
        .map((rates) =>
          [0, ...times.sort((a, b) => a - b)].map((s, i) => ({ atMs: 1000 * s, ratePerS: rates[i]! / 10 })),
        ),
    )
  const settings: fc.Arbitrary<Setting> = fc.record({
    trace: fc.constant('drawn'),
    points,
    stretch: fc.constantFrom(1, 2.5),
    peak: fc.constantFrom(null, 40),
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
    min: fc.integer({ min: 1, max: 9 }),
    max: fc.integer({ min: 10, max: 1000 }),
    initial: fc.integer({ min: 1, max: 9 }),
    interval: fc.constantFrom('1s', '250ms'),
    window: fc.constantFrom('5s', '1m'),
    sla: fc.constantFrom('p95<500ms over 10s', '99%<800ms', 'p99.9 < 1s & more+'),
    a: choice,
    b: fc.option(choice),
  })

  it('gives back the setting that it was made of', () => {
    fc.assert(
      fc.property(settings, (setting) => {
        expect(readFragment(fragmentOf(setting), TRACES)).toEqual({ setting, problems: [] })
      }),
    )
  })

  it('reads well: only what is not at its default', () => {
    expect(fragmentOf({ ...DEFAULT_SETTING, a: { policy: 'pid', set: { kp: 1.2 } }, b: null })).toBe(
      'trace=spike&a=pid&a.kp=1.2&b=none',
    )
  })

  it.each([
    ['trace=nope', 'in the URL trace is "nope", expected one of spike, ramp, drawn'],
    ['a=nope', 'policy is "nope", expected one of static, threshold'],
    ['a=oracle', 'policy is "oracle", expected one of static'],
    ['a=pid&a.kp=99', '--set kp is "99", expected a number from 0 to 10'],
    ['b=none&b.kp=1', 'in the URL b.kp is "1", expected no parameter: b is none'],
    ['min=0', 'Fewest is "0", expected a whole number from 1 to 1000'],
    ['seed=', 'Seed is "", expected a whole number'],
    ['trace=drawn&points=0:6,5', 'in the URL a point is "5", expected SECONDS:RATE'],
    ['points=0:6,10:201', 'rate of point 2 is 201, expected from 0 to 200'],
    ['points=1:6,10:20', 'time of point 1 is "1 s", expected 0 s'],
    ['points=0:6,10:20,9:1', 'time of point 3 is "9 s", expected from 10 s to 1800 s'],
    ['points=0:6', 'the drawn curve is 1, expected two points or more'],
    ['nope=1', 'in the URL a name is "nope", expected trace, points'],
  ])('says what is wrong with %s and keeps the default', (fragment, message) => {
    const { setting, problems } = readFragment(fragment, TRACES)
    expect(problems).toEqual([expect.stringContaining(message)])
    expect({ ...setting, trace: 'spike', a: DEFAULT_SETTING.a, b: DEFAULT_SETTING.b }).toEqual(
      DEFAULT_SETTING,
    )
  })

  it('takes the parameters of a policy that is named after them', () => {
    expect(readFragment('a.replicas=4&a=static', TRACES).setting.a).toEqual({
      policy: 'static',
      set: { replicas: 4 },
    })
  })
})

describe('the command', () => {
  it('has what is not at its default, and the seed and the promise always', () => {
    const setting = { ...DEFAULT_SETTING, stretch: 2, peak: 40, max: 12, window: '10s' }
    expect(commandOf(setting, { policy: 'hpa', set: { syncPeriodMs: 5000 } })).toBe(
      "bin/sim run --policy hpa --trace spike --stretch 2 --peak 40 --set syncPeriodMs=5000 --seed 1 --sla 'p95<500ms over 10s' --max 12 --window 10s",
    )
  })

  it('of a drawn trace names the file, and cannot be made to do anything else by a text', () => {
    const setting = { ...DEFAULT_SETTING, trace: 'drawn', stretch: 2, sla: "'; rm -rf /; '" }
    expect(commandOf(setting, { policy: 'pid', set: {} })).toBe(
      `bin/sim run --policy pid --trace ./drawn.json --seed 1 --sla ''\\''; rm -rf /; '\\'''`,
    )
  })

  it('the saved file is the trace that was simulated', () => {
    const trace = drawnTrace(DEFAULT_SETTING.points, { read: 0.85, write: 0.15 })
    expect(parseTrace(JSON.parse(traceFile(trace)), 'drawn.json')).toEqual(trace)
  })
})

describe('a drawn curve', () => {
  const points = [
    { atMs: 0, ratePerS: 5 },
    { atMs: 10_000, ratePerS: 20 },
    { atMs: 20_000, ratePerS: 5 },
  ]

  it('keeps its ends in time, its points in order and its rates in their bounds', () => {
    expect(moved(points, 0, { atMs: 5000, ratePerS: 7.77 })[0]).toEqual({ atMs: 0, ratePerS: 7.8 })
    expect(moved(points, 2, { atMs: 5000, ratePerS: -3 })[2]).toEqual({ atMs: 20_000, ratePerS: 0 })
    expect(moved(points, 1, { atMs: 90_000, ratePerS: 900 })[1]).toEqual({ atMs: 20_000, ratePerS: 200 })
    expect(moved(points, 1, { atMs: 1499, ratePerS: 1 })[1]).toEqual({ atMs: 1000, ratePerS: 1 })
  })

  it('gets points between others and loses inner ones', () => {
    expect(besides(points, 0)).toEqual({ atMs: 5000, ratePerS: 12.5 })
    expect(besides(points, 2)).toEqual({ atMs: 15_000, ratePerS: 12.5 })
    const { points: four, index } = withPoint(points, { atMs: 14_600, ratePerS: 9 })
    expect([index, four[2]]).toEqual([2, { atMs: 15_000, ratePerS: 9 }])
    expect(withoutPoint(four, 2)).toEqual(points)
    expect([withoutPoint(points, 0), withoutPoint(points, 2)]).toEqual([points, points])
  })

  it('is stretched to another length', () => {
    expect(ofLength(points, 60).map(({ atMs }) => atMs)).toEqual([0, 30_000, 60_000])
  })
})

describe('the words', () => {
  it.each([
    ['violationShare', 0.05, 0.222, '17.2 points fewer'],
    ['violationShare', 0.2, 0.2, 'the same'],
    ['responseMsP95', 300, 200, '50% longer'],
    ['replicaSeconds', 100.2, 100, 'about the same'],
    ['replicaSeconds', 3, 0, '3 more'],
    ['starts', 6, 1, '5 more'],
    ['responseMsP95', null, 1, ''],
  ] as const)('%s of %s beside %s: %s', (name, a, b, text) => {
    expect(differenceText(name, a, b)).toBe(text)
  })

  it('name a unit once, and both policies', () => {
    expect(rangeText('responseMsP95', { lo: 247.2, hi: 1752 })).toBe('247 to 1,752 ms')
    expect(rangeText('violationShare', { lo: 0, hi: 0.097 })).toBe('0% to 9.7%')
    const metrics = (violationShare: number, replicaSeconds: number) =>
      ({ requests: 9, violationShare, replicaSeconds }) as Parameters<typeof headlineOf>[1]
    expect(headlineOf({ a: 'pid', b: 'hpa' }, metrics(0.002, 304), metrics(0.74, 150))).toBe(
      'pid breaks the promise for 0.2% of the requests, hpa for 74%. pid costs 103% more: 304 replica-seconds, not 150.',
    )
  })

  it('call a setting what the page calls it', () => {
    expect(inPageWords('control.maxReplicas is 2, expected more')).toBe('Most (replicas) is 2, expected more')
    expect(inPageWords('--set kp is "x", expected a number')).toBe('parameter kp is "x", expected a number')
  })
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseSla } from '../analysis/sla.ts'
import { UserError } from '../base/errors.ts'
import { parseDuration } from '../base/units.ts'
import { quantityOf } from '../cli/manifest.ts'
import { parseMix } from '../cli/mix.ts'
import { parseChoice } from '../cli/validate/matrix.ts'
import { parseRateLimit } from '../control/rateLimit.ts'
import { BACKEND, FRONTEND } from '../live/proxy/haproxyConfig.ts'
import { parseCounters, parseInfo, parseServers } from '../live/proxy/haproxyStats.ts'
import { parametersOf, policyByName } from '../policies/parameters.ts'
import { faultText, parseFault } from '../record/faults.ts'
import { readFragment } from '../ui/playground/fragment.ts'

/** Short texts: of flags, of a manifest's values, of a URL, and what HAProxy answers. */
const words = [
  'kp',
  'read',
  'write',
  'p95',
  '99%',
  '<',
  '=',
  ',',
  ':',
  '@',
  '+',
  '|',
  '..',
  '/',
  'x',
  '5',
  '-1',
  '1e999',
  '0x10',
]
const more = [
  'NaN',
  'Infinity',
  '30s',
  '500ms',
  'constructor',
  '__proto__',
  'toString',
  ' over ',
  ' ',
  '\n',
  '\0',
  '9'.repeat(400),
  'kill',
  'slow',
]
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.array(fc.constantFrom(...words, ...more), { maxLength: 8 }).map((parts) => parts.join('')),
)

const isNumberFrom = (least: number) => (value: unknown) =>
  typeof value === 'number' && Number.isFinite(value) && value >= least
const READERS: [string, (text: string) => unknown, (value: never) => boolean][] = [
  ['a duration', (text) => parseDuration(text, '--x'), isNumberFrom(0)],
  ['a quantity', (text) => quantityOf(text, 'x'), isNumberFrom(0)],
  [
    '--mix',
    parseMix,
    (mix: object) => Object.values(mix).every((weight) => weight > 0 && Number.isFinite(weight)),
  ],
  [
    '--sla',
    parseSla,
    ({ limitMs, windowMs }: { limitMs: number; windowMs: number }) =>
      Number.isFinite(limitMs) && windowMs > 0,
  ],
  [
    '--set',
    (text) => parametersOf(policyByName('pid'), [text]),
    (values: object) => Object.values(values).every(Number.isFinite),
  ],
  ['--policy', policyByName, ({ name }: { name: string }) => name.length > 0],
  ['a cell of a matrix', parseChoice, ({ policy }: { policy: string }) => policy.length > 0],
  ['--fault', parseFault, (fault: never) => parseFault(faultText(fault)) !== null],
  ['--rate-limit', (text) => parseRateLimit(text, '--rate-limit'), () => true],
]

it.each(READERS)('any text for %s is a value, or refused with what was expected', (_, read, isSound) => {
  const property = fc.property(text, (text) => {
    let value: unknown
    try {
      value = read(text)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      expect(error.message).toMatch(/expected ./)
      return
    }
    expect(isSound(value as never)).toBe(true)
  })
  fc.assert(property, { numRuns: 500 })
})

it.each<[string, () => unknown, string]>([
  ['a weight twice', () => parseMix('read=1,read=2'), 'each once'],
  ['a second equals sign', () => parseMix('read=1=2'), 'expected class=weight'],
  ['a weight without end', () => parseMix('read=1e999'), 'expected class=weight'],
  ['a duration without end', () => parseDuration(`${'9'.repeat(400)}s`, '--x'), 'expected a duration'],
  ['a suffix that is a name of JavaScript’s', () => quantityOf('5constructor', 'x'), 'expected a quantity'],
  [
    'a parameter that is one',
    () => parametersOf(policyByName('pid'), ['toString=1']),
    'expected a parameter of pid',
  ],
])('%s is refused', (_, read, message) => {
  expect(read).toThrow(UserError)
  expect(read).toThrow(message)
})

it('any fragment of a URL is a setting, with a problem for each part that is wrong', () => {
  const fragment = fc.array(
    fc.tuple(
      fc.constantFrom('a', 'b', 'a.kp', 'a.constructor', 'b.__proto__', 'points', 'trace', 'sla'),
      text,
    ),
  )
  const property = fc.property(fragment, (parts) => {
    const { setting, problems } = readFragment(parts.map(([key, value]) => `${key}=${value}`).join('&'), [
      'spike',
    ])
    expect(['spike', 'drawn']).toContain(setting.trace)
    expect(problems.every((problem) => /expected ./.test(problem))).toBe(true)
    for (const choice of [setting.a, setting.b])
      expect(Object.values(choice?.set ?? {}).every(Number.isFinite)).toBe(true)
  })
  fc.assert(property, { numRuns: 300 })
})

const STATS = `# pxname,svname,qcur,scur,req_tot,status,check_status,last_chk,
${FRONTEND},FRONTEND,,3,120,OPEN,,,
${BACKEND},w1,0,1,,UP,L7OK,"ok, ""fine""",
${BACKEND},w2,1,0,,MAINT,* L4CON,,
${BACKEND},BACKEND,2,1,120,UP,,,
`

it('any answer of HAProxy is counts that are numbers, or an error that says what cannot be read', () => {
  expect(parseServers(STATS)).toHaveLength(2)
  const change = fc.record({ at: fc.nat(STATS.length), cut: fc.nat(30), put: text })
  const property = fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
    const csv = changes.reduce((all, { at, cut, put }) => all.slice(0, at) + put + all.slice(at + cut), STATS)
    try {
      const { requestsTotal, queued, inFlight, servers } = parseCounters(csv)
      expect([requestsTotal, queued, inFlight].every(Number.isSafeInteger)).toBe(true)
      expect(servers.every((server) => Number.isSafeInteger(server.inFlight))).toBe(true)
    } catch (error) {
      expect((error as Error).message).toMatch(/^HAProxy's "show stat" cannot be read: /)
    }
  })
  fc.assert(property, { numRuns: 500 })
  expect(() => parseInfo('Version: 2.6')).toThrow('has no Pid')
})

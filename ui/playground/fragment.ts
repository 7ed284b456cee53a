import { badInput, messageOf } from '../../base/errors.ts'
import { parametersOf } from '../../policies/parameters.ts'
import type { RatePoint } from '../../traces/trace.ts'
import { checkPoints } from './drawn.ts'
import { offeredPolicy } from './offered.ts'
import {
  type Choice,
  DEFAULT_SETTING,
  DRAWN,
  NUMBER_FIELDS,
  NUMBER_NAMES,
  type NumberName,
  type Setting,
  TEXT_NAMES,
} from './setting.ts'

/*
 * A setting as the fragment of a URL, only what is not at its default:
 *
 *     #trace=spike&a=pid&a.kp=1.2&b=none&sla=p95<800ms over 10s
 *     #trace=drawn&points=0:6,60:6,75:30,300:12            seconds:requests/s
 */

const ALWAYS = ['trace', 'a', 'b']

export function fragmentOf(setting: Setting): string {
  const entries: [string, string][] = [['trace', setting.trace]]
  if (setting.trace === DRAWN) entries.push(['points', pointsText(setting.points)])
  for (const name of [...NUMBER_NAMES, ...TEXT_NAMES]) {
    const value = setting[name]
    if (value !== DEFAULT_SETTING[name] && value !== null) entries.push([name, String(value)])
  }
  for (const side of ['a', 'b'] as const) {
    entries.push([side, setting[side]?.policy ?? 'none'])
    for (const [name, value] of Object.entries(setting[side]?.set ?? {}))
      entries.push([`${side}.${name}`, String(value)])
  }
  return entries.map(([key, value]) => `${key}=${escaped(value)}`).join('&')
}

/** Only what a fragment cannot hold, so that a person can read the rest. */
const escaped = (text: string) => encodeURIComponent(text).replace(/%(3A|2C|2F)/g, decodeURIComponent)

const pointsText = (points: readonly RatePoint[]) =>
  points.map(({ atMs, ratePerS }) => `${atMs / 1000}:${ratePerS}`).join(',')

/**
 * The setting of a fragment. What it does not say, or says wrongly, has its default; each wrong part is one of `problems`.
 * @param traces names of the traces that can be chosen.
 */
export function readFragment(
  fragment: string,
  traces: readonly string[],
): { setting: Setting; problems: string[] } {
  const entries = [...new URLSearchParams(fragment.replaceAll('+', '%2B'))]
  const problems: string[] = []
  let setting: Setting = DEFAULT_SETTING
  // The policies before their parameters, whatever the order.
  const ordered = [
    ...entries.filter(([key]) => ALWAYS.includes(key)),
    ...entries.filter(([key]) => !ALWAYS.includes(key)),
  ]
  for (const [key, value] of ordered) {
    try {
      setting = withEntry(setting, { key, value }, traces)
    } catch (error) {
      problems.push(messageOf(error))
    }
  }
  return { setting, problems }
}

function withEntry(
  setting: Setting,
  { key, value }: { key: string; value: string },
  traces: readonly string[],
): Setting {
  if (key === 'trace') return { ...setting, trace: oneOf(value, [...traces, DRAWN]) }
  if (key === 'points') return { ...setting, points: readPoints(value) }
  if (key === 'a') return { ...setting, a: choiceOf(value) }
  if (key === 'b') return { ...setting, b: value === 'none' ? null : choiceOf(value) }
  if (NUMBER_NAMES.includes(key as NumberName))
    return { ...setting, [key]: numberOf(key as NumberName, value) }
  if ((TEXT_NAMES as string[]).includes(key)) return { ...setting, [key]: value }
  const [, side, name] = /^([ab])\.(\w+)$/.exec(key) ?? []
  if (name !== undefined) return withParameter(setting, side as 'a' | 'b', { name, value })
  throw badInput({
    place: 'in the URL a name',
    value: key,
    expected: `trace, points, a, b, a.PARAMETER, b.PARAMETER, ${[...NUMBER_NAMES, ...TEXT_NAMES].join(', ')}`,
  })
}

function oneOf(value: string, names: readonly string[]): string {
  if (names.includes(value)) return value
  throw badInput({ place: 'in the URL trace', value, expected: `one of ${names.join(', ')}` })
}

const choiceOf = (name: string): Choice => ({ policy: offeredPolicy(name).name, set: {} })

function withParameter(setting: Setting, side: 'a' | 'b', { name, value }: { name: string; value: string }) {
  const choice = setting[side]
  if (choice === null)
    throw badInput({ place: `in the URL ${side}.${name}`, value, expected: 'no parameter: b is none' })
  const parameters = parametersOf(offeredPolicy(choice.policy), [`${name}=${value}`])
  return { ...setting, [side]: { ...choice, set: { ...choice.set, [name]: parameters[name]! } } }
}

/** @throws UserError outside of what its field allows. */
export function numberOf(name: NumberName, text: string): number {
  const { min, max, whole, label } = NUMBER_FIELDS[name]
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value
  throw badInput({
    place: label,
    value: text,
    expected: `a ${whole ? 'whole number' : 'number'} from ${min} to ${max}`,
  })
}

function readPoints(text: string): RatePoint[] {
  const points = text.split(',').map((pair) => {
    const match = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(pair)
    if (!match)
      throw badInput({ place: 'in the URL a point', value: pair, expected: 'SECONDS:RATE such as 24:36' })
    return { atMs: Number(match[1]) * 1000, ratePerS: Number(match[2]) }
  })
  return checkPoints(points)
}

import { DEFAULT_SLA } from '../../analysis/sla.ts'
import { formatDuration } from '../../base/units.ts'
import { DEFAULT_CONTROL } from '../../control/service.ts'
import type { RatePoint } from '../../traces/trace.ts'

/** A policy and those of its parameters that do not have their defaults. */
export interface Choice {
  policy: string
  set: Readonly<Record<string, number>>
}

/** In place of a shipped trace's name: the curve that was drawn. */
export const DRAWN = 'drawn'

/** All that a person can choose on the page, as it stands in the URL. */
export interface Setting {
  /** A shipped trace's name, or DRAWN. */
  trace: string
  /** The drawn curve, from 0 to its end. */
  points: readonly RatePoint[]
  /** Of a shipped trace: `--stretch`, and `--peak` where it is not null. */
  stretch: number
  peak: number | null
  seed: number
  min: number
  max: number
  initial: number
  /** Durations and the promise as a person writes them: the worker reads them. */
  interval: string
  window: string
  sla: string
  a: Choice
  b: Choice | null
}

/** Five minutes with a rise, a plateau and a slow fall: more than one replica carries, less than eight do. */
const FIVE_MINUTES: readonly RatePoint[] = [
  { atMs: 0, ratePerS: 6 },
  { atMs: 60_000, ratePerS: 6 },
  { atMs: 75_000, ratePerS: 30 },
  { atMs: 150_000, ratePerS: 30 },
  { atMs: 210_000, ratePerS: 12 },
  { atMs: 300_000, ratePerS: 12 },
]

export const DEFAULT_SETTING: Setting = {
  trace: 'spike',
  points: FIVE_MINUTES,
  stretch: 1,
  peak: null,
  seed: 1,
  min: DEFAULT_CONTROL.minReplicas,
  max: DEFAULT_CONTROL.maxReplicas,
  initial: DEFAULT_CONTROL.initialReplicas,
  interval: formatDuration(DEFAULT_CONTROL.intervalMs),
  window: formatDuration(DEFAULT_CONTROL.windowMs),
  sla: DEFAULT_SLA,
  a: { policy: 'pid', set: {} },
  b: { policy: 'hpa', set: {} },
}

/** The settings that are one number. `place` is what errors of the simulator call it. */
export interface NumberField {
  label: string
  hint: string
  min: number
  max: number
  whole: boolean
  place: string
}

export const NUMBER_FIELDS = {
  stretch: { label: 'Stretch', hint: 'times as long', min: 0.1, max: 20, whole: false, place: '--stretch' },
  peak: { label: 'Peak', hint: 'requests/s', min: 0.1, max: 1000, whole: false, place: '--peak' },
  seed: { label: 'Seed', hint: 'of the chance', min: 0, max: 2 ** 31, whole: true, place: 'seed' },
  min: { label: 'Fewest', hint: 'replicas', min: 1, max: 1000, whole: true, place: 'control.minReplicas' },
  max: { label: 'Most', hint: 'replicas', min: 1, max: 1000, whole: true, place: 'control.maxReplicas' },
  initial: {
    label: 'At the start',
    hint: 'replicas',
    min: 1,
    max: 1000,
    whole: true,
    place: 'control.initialReplicas',
  },
} as const satisfies Record<string, NumberField>
export type NumberName = keyof typeof NUMBER_FIELDS
export const NUMBER_NAMES = Object.keys(NUMBER_FIELDS) as NumberName[]

/** Those that are a text, with what an error calls it. */
export const TEXT_FIELDS = {
  sla: { label: 'Promise (SLA)', hint: 'p95<500ms over 10s, or 99%<800ms', place: 'promise' },
  interval: { label: 'Tick every', hint: 'a duration: 1s', place: 'control.intervalMs' },
  window: { label: 'Sees the last', hint: 'a duration: 5s', place: 'control.windowMs' },
} as const
export type TextName = keyof typeof TEXT_FIELDS
export const TEXT_NAMES = Object.keys(TEXT_FIELDS) as TextName[]

/** An error's message with the name that a setting has on the page in place of the simulator's. */
export function inPageWords(message: string): string {
  const field = Object.values({ ...NUMBER_FIELDS, ...TEXT_FIELDS }).find(({ place }) =>
    message.startsWith(`${place} is`),
  )
  if (field) return message.replace(field.place, `${field.label} (${field.hint})`)
  return message.replace(/^--set (\w+) is/, 'parameter $1 is')
}

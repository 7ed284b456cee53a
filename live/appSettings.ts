import { badInput } from '../base/errors.ts'
import { OBJECT_BYTES } from './load/requests.ts'
import { checkOwnApp, type OwnApp } from './ownApp.ts'

/** How the web application is set up; texts as its environment takes them (live/webapp/app.py). */
export interface AppSettings {
  /** `uniform:5:200`, `off`, `stamped`, ... (ms) */
  delay: string
  /** `off`, or `10 per second`. */
  rateLimit: string
  /** Size of the largest object; the others rise to it evenly. `compress` works the longer the larger they are. */
  objectBytes: number
  /** Another service in its place; the settings above then say nothing. */
  own?: OwnApp | null
}

/** Of the web application: no delay, no rate limit. */
export const HEALTH_PATH = '/health'

/** The delay that each request asks for itself: both sides then serve the same work. */
export const STAMPED_DELAY = 'stamped'

export const DEFAULT_APP: AppSettings = {
  delay: 'uniform:5:200',
  rateLimit: 'off',
  objectBytes: OBJECT_BYTES,
}

/** Below what the application takes as a body (MAX_BODY_BYTES in live/webapp/app.py). */
export const MOST_OBJECT_BYTES = 1_000_000

/** Numbers that each kind of delay takes, and its mean. */
const DELAYS: Record<string, { numbers: number; meanMs: (numbers: number[]) => number }> = {
  off: { numbers: 0, meanMs: () => 0 },
  [STAMPED_DELAY]: { numbers: 0, meanMs: () => 0 },
  constant: { numbers: 1, meanMs: ([ms]) => ms! },
  uniform: { numbers: 2, meanMs: ([low, high]) => (low! + high!) / 2 },
  exponential: { numbers: 1, meanMs: ([mean]) => mean! },
  lognormal: { numbers: 2, meanMs: ([mean]) => mean! },
}

/** Mean of a delay setting, ms. @throws UserError where the application would not take it. */
export function meanDelayMs(delay: string): number {
  const [kind, ...words] = delay.split(':')
  const known = DELAYS[kind!]
  const numbers = words.map((word) => (/^\d+(\.\d+)?$/.test(word) ? Number(word) : Number.NaN))
  if (!known || numbers.length !== known.numbers || numbers.some(Number.isNaN)) {
    throw badInput({
      place: '--delay',
      value: delay,
      expected:
        'off, constant:MS, uniform:MIN:MAX, exponential:MEAN, lognormal:MEAN:CV (ms; CV is sd / mean) or stamped',
    })
  }
  return known.meanMs(numbers)
}

/** Says what is wrong before a container is started with it, which could only end without a word. */
export function checkAppSettings({ delay, rateLimit, objectBytes, own }: AppSettings): void {
  if (own) return checkOwnApp(own)
  meanDelayMs(delay)
  if (!/^(off|\d+\s*(per|\/)\s*(\d+\s*)?(second|minute|hour|day)s?)$/i.test(rateLimit)) {
    throw badInput({
      place: '--rate-limit',
      value: rateLimit,
      expected: "off, or a rate such as '10 per second' or '100 per 5 minutes'",
    })
  }
  if (!(Number.isInteger(objectBytes) && objectBytes >= 1 && objectBytes <= MOST_OBJECT_BYTES)) {
    throw badInput({
      place: '--object-size',
      value: objectBytes,
      expected: `1 to ${MOST_OBJECT_BYTES} bytes`,
    })
  }
}

/** As a record's header keeps it. */
export function appInRecord({ own, delay, rateLimit, objectBytes }: AppSettings): Record<string, string> {
  if (!own) return { delay, rateLimit, objectBytes: String(objectBytes) }
  const { method, path, body } = own.request
  return {
    image: own.image,
    imagePort: String(own.port),
    request: [method, path, ...(body === null ? [] : [body])].join(' '),
    healthPath: own.healthPath,
  }
}

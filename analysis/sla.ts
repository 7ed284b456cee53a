import { badInput } from '../base/errors.ts'
import { parseDuration } from '../base/units.ts'

/**
 * A service level agreement, in one of two forms that people write:
 *
 *     p95<500ms over 10s    in each window of 10 s, 95 % of the requests take less than 500 ms
 *     99%<800ms             99 % of all requests take less than 800 ms
 *
 * Latency counts from the intended send time; failures, rejections, time-outs and requests never answered
 * are violations whatever their time.
 */
export interface Sla {
  text: string
  /** The share that must be faster, 0 to 1. */
  quantile: number
  limitMs: number
  /** Length of a window; 10 s where the text names none. */
  windowMs: number
}

export const DEFAULT_SLA = 'p95<500ms over 10s'

const FORMS = [/^p(\d+(?:\.\d+)?)\s*<\s*(\S+)(?:\s+over\s+(\S+))?$/, /^(\d+(?:\.\d+)?)%\s*<\s*(\S+)()$/]

/** @throws UserError where the text has neither form. */
export function parseSla(text: string, place = '--sla'): Sla {
  const match = FORMS.map((form) => form.exec(text.trim())).find((found) => found !== null)
  const percent = Number(match?.[1])
  if (!match || !(percent > 0 && percent < 100)) {
    throw badInput({ place, value: text, expected: 'a text such as "p95<500ms over 10s" or "99%<800ms"' })
  }
  const limitMs = parseDuration(match[2], place)
  const windowMs = match[3] ? parseDuration(match[3], place) : 10_000
  if (windowMs <= 0) throw badInput({ place, value: text, expected: 'a window longer than 0ms' })
  return { text: text.trim(), quantile: Number((percent / 100).toPrecision(12)), limitMs, windowMs }
}

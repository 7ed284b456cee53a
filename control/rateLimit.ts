import { badInput } from '../base/errors.ts'

/** A limit on the requests that one replica takes, as Flask-Limiter keeps it (per replica; the proxy is its only client). */
export interface RateLimit {
  /** `fixed-window`: a window is opened by the first request after the last one closed. `moving-window`: over any span. */
  kind: 'fixed-window' | 'moving-window'
  limit: number
  windowMs: number
}

const SPAN_MS: Record<string, number> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
}

/**
 * A rate limit as the application is told it, in Flask-Limiter's words: `10 per second`, `100/5 minutes`; `off` for none.
 * `moving` behind it is our own word for that kind of window.
 * @param place where the text stands, for the message.
 * @throws UserError where it is neither.
 */
export function parseRateLimit(text: string, place: string): RateLimit | null {
  if (text === 'off') return null
  const match = /^(\d+)\s*(?:per|\/)\s*(?:(\d+)\s*)?(second|minute|hour|day)s?( moving)?$/i.exec(text.trim())
  const limit = Number(match?.[1])
  const spans = Number(match?.[2] ?? 1)
  if (!match || limit < 1 || spans < 1) {
    throw badInput({ place, value: text, expected: "off, or a text such as '10 per second'" })
  }
  return {
    kind: match[4] ? 'moving-window' : 'fixed-window',
    limit,
    windowMs: spans * SPAN_MS[match[3]!.toLowerCase()]!,
  }
}

import { monotonicMs } from '../base/clock.ts'
import { formatDuration } from '../base/units.ts'
import type { TickRow } from '../record/schema.ts'

/** Progress of a live run on stderr: one line that changes on a terminal, a line each 10 s in a file. */
export function tickProgress(durationMs: number): { onTick: (row: TickRow) => void; end: () => void } {
  const { isTTY } = process.stderr
  let lastPlainMs = Number.NEGATIVE_INFINITY
  return {
    onTick(row) {
      const { nowMs } = row.observation
      if (isTTY) process.stderr.write(`\r\x1b[K${lineOf(row, durationMs)}`)
      else if (nowMs - lastPlainMs >= 9500) {
        lastPlainMs = nowMs
        process.stderr.write(`${lineOf(row, durationMs)}\n`)
      }
    },
    end() {
      if (isTTY) process.stderr.write('\r\x1b[K')
    },
  }
}

function lineOf({ observation, target }: TickRow, durationMs: number): string {
  const { nowMs, arrivalsPerS, queued, responseMs, replicas } = observation
  const known = (value: number | null | undefined, digits = 0) =>
    value === null || value === undefined ? '?' : value.toFixed(digits)
  return [
    `  ${formatDuration(Math.round(nowMs / 1000) * 1000)} of ${formatDuration(durationMs)}`,
    `load ${known(arrivalsPerS, 1)}/s`,
    `replicas ${replicas.ready} of ${target}`,
    `queue ${known(queued)}`,
    `p95 ${known(responseMs?.p95)} ms`,
  ].join('  ')
}

/** At most so often on a terminal, and in a file. */
const REDRAW_MS = { terminal: 200, file: 10_000 }

/**
 * Progress of simulated runs on stderr, for those that take long: nothing is shown in the first second.
 * @param count how many runs there will be; null where that is not known yet.
 */
export function runProgress(
  count: number | null,
  durationMs: number,
): { onDone: () => void; onTick: (row: TickRow) => void; end: () => void } {
  const { isTTY } = process.stderr
  let done = 0
  let share = 0
  let shown = false
  let nextMs = monotonicMs() + (isTTY ? 1000 : REDRAW_MS.file)
  const show = () => {
    const nowMs = monotonicMs()
    if (nowMs < nextMs) return
    nextMs = nowMs + (isTTY ? REDRAW_MS.terminal : REDRAW_MS.file)
    shown = true
    const within = share > 0 ? `, ${(100 * share).toFixed(0)} % of the next` : ''
    const line = `  ${done}${count === null ? '' : ` of ${count}`} runs${within}`
    process.stderr.write(isTTY ? `\r\x1b[K${line}` : `${line}\n`)
  }
  return {
    onDone() {
      done++
      share = 0
      show()
    },
    onTick(row) {
      share = row.observation.nowMs / durationMs
      show()
    },
    end() {
      if (shown && isTTY) process.stderr.write('\r\x1b[K')
    },
  }
}

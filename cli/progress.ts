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

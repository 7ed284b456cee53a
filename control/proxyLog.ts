import { assert } from '../base/assert.ts'
import type { ProxyLog, ProxyLogEntry } from './signals.ts'

/**
 * Lines into columns, one row an entry, in their order. The columns have no server: an entry that names none
 * was not served and gets responseMs -1, whatever its timer says.
 * @param entries in the order in which the proxy wrote them, endedMs never falling.
 */
export function proxyLogOf(entries: readonly ProxyLogEntry[]): ProxyLog {
  const count = entries.length
  const log: ProxyLog = {
    count,
    endedMs: new Float64Array(count),
    queueMs: new Float64Array(count),
    responseMs: new Float64Array(count),
    totalMs: new Float64Array(count),
    status: new Uint16Array(count),
  }
  for (let i = 0; i < count; i++) {
    const { endedMs, queueMs, responseMs, totalMs, status, server } = entries[i]!
    assert(i === 0 || endedMs >= log.endedMs[i - 1]!, `log entry ${i} ended before the one before it`)
    log.endedMs[i] = endedMs
    log.queueMs[i] = queueMs
    log.responseMs[i] = server === '' ? -1 : responseMs
    log.totalMs[i] = totalMs
    log.status[i] = status
  }
  return log
}

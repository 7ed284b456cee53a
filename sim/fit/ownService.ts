import type { RunRecord } from '../../record/schema.ts'
import { backToBackMs } from './backToBack.ts'

/**
 * A record of a service that says nothing of its work (no X-Block-Ms, no X-Cpu-Ms): the whole time that a request held its
 * server is then taken for blocking, exact for back-to-back requests and else by the proxy's timers. Any other record is given back
 * as it is.
 */
export function withOwnTimes(record: RunRecord): RunRecord {
  const { requests } = record
  if (!isSilent(record)) return record
  const pairs = backToBackMs(requests)
  return {
    ...record,
    requests: {
      ...requests,
      blockingMs: requests.serviceMs.map((ms, i) => (Number.isNaN(pairs[i]!) ? ms : pairs[i]!)),
      cpuMs: requests.serviceMs.map((ms) => (Number.isNaN(ms) ? Number.NaN : 0)),
    },
  }
}

/** Whether the proxy measured requests of which the service itself said nothing. */
export function isSilent({ requests }: RunRecord): boolean {
  return (
    requests.blockingMs.every(Number.isNaN) &&
    requests.cpuMs.every(Number.isNaN) &&
    !requests.serviceMs.every(Number.isNaN)
  )
}

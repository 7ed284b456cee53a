import type { RequestTable } from '../../record/schema.ts'

/** Whether it was answered well, and both the handler and the proxy say how long it took. */
export function isMeasured(requests: RequestTable, i: number): boolean {
  return (
    requests.outcome[i] === 'ok' &&
    !Number.isNaN(requests.blockingMs[i]!) &&
    !Number.isNaN(requests.cpuMs[i]!) &&
    !Number.isNaN(requests.serviceMs[i]!)
  )
}

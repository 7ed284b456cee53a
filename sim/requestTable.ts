import type { RequestTable } from '../record/schema.ts'
import type { Request } from './request.ts'

/** The record's columns of the simulated requests, in order of arrival. */
export function requestTable(requests: readonly Request[]): RequestTable {
  const column = (value: (request: Request) => number) => Float64Array.from(requests, value)
  const served = (request: Request, value: number) => (Number.isNaN(request.leftMs) ? Number.NaN : value)
  return {
    class: requests.map((request) => request.class),
    intendedMs: column((request) => request.intendedMs),
    sentMs: column((request) => request.intendedMs),
    doneMs: column((request) => request.doneMs),
    queueWaitMs: column((request) => request.dispatchedMs - request.joinedMs),
    serviceMs: column((request) => request.leftMs - request.dispatchedMs),
    blockingMs: column((request) => served(request, request.blockingMs)),
    cpuMs: column((request) => served(request, request.cpuMs)),
    server: requests.map((request) => request.server),
    status: Int32Array.from(requests, (request) => request.status),
    outcome: requests.map((request) => request.outcome),
  }
}

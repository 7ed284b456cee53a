/** What a balance algorithm sees of the servers, by index. */
export interface Candidates {
  /** Requests at each server. */
  readonly inFlight: Int32Array
  /** Share of its full weight that a server has (slow start), above 0, at most 1. */
  readonly weight: Float64Array
}

/**
 * The servers that take new requests, and which one gets the next. `limit` is maxconn.
 * join: a server is up; leave: no longer; changed: its inFlight or weight is another now.
 */
export interface Rotation {
  /** Servers that are up, with room or without. */
  readonly up: number
  join(server: number): void
  leave(server: number): void
  changed(server: number): void
  /** The server for the next request, or NONE: then the request waits in the backend's queue. */
  choose(): number
  /** It was given a request: called before `changed`. */
  used(server: number): void
}

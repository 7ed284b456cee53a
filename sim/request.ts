import type { Outcome } from '../record/schema.ts'
import type { Scheduled } from './kernel.ts'

/** A request on its way through the simulated system. Times in ms; NaN where not reached. */
export interface Request {
  index: number
  class: string
  intendedMs: number
  /** What it will ask of its server, drawn at arrival so that no policy changes it. */
  blockingMs: number
  cpuMs: number
  overheadMs: number
  transitMs: number
  /** When it joined the proxy's queue, or was handed to a server at once. */
  joinedMs: number
  /** When the proxy handed it to its server. */
  dispatchedMs: number
  /** When its server had finished it. */
  leftMs: number
  /** Failed connections so far. */
  retries: number
  state: 'queued' | 'at-server' | 'ended'
  server: string
  /** The client's limit. */
  giveUp: Scheduled | null
  doneMs: number
  outcome: Outcome
  status: number
}

/** How long it holds the one thread. */
export const demandMs = (request: Request): number => request.blockingMs + request.cpuMs + request.overheadMs

/** What a scenario may break, on either side, at a time of the run. */
export type Fault =
  /** The oldest ready replica dies, its requests with it. */
  | { kind: 'kill-replica'; atMs: number }
  /** The proxy's counters cannot be read for a while. */
  | { kind: 'lose-metrics'; atMs: number; durationMs: number }
  /** The proxy dies and is started again: its queue and open requests are lost, its counters restart. */
  | { kind: 'restart-proxy'; atMs: number }

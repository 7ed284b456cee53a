import { join } from 'node:path'

/** Where each part of a record lies in its folder. */
export function filesOf(folder: string) {
  return {
    run: join(folder, 'run.json'),
    ticks: join(folder, 'ticks.ndjson'),
    replicas: join(folder, 'replicas.ndjson'),
    /** Only where something was broken on purpose. */
    faults: join(folder, 'faults.ndjson'),
    requests: join(folder, 'requests.parquet'),
    /** While a live run is going on; its next reader makes the Parquet of it if the run was killed. */
    requestsGrowing: join(folder, 'requests.ndjson'),
    /** Which process writes the record, while it does (claim.ts). */
    writer: join(folder, 'writer'),
    /** Room for a last header, should the disk become full (append.ts). */
    reserve: join(folder, 'reserve.part'),
  }
}

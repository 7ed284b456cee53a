import type { ProxyLogEntry } from '../../control/signals.ts'
import type { RequestRow } from '../../record/schema.ts'
import type { ClientRow } from './loadgen.ts'

/**
 * Brings together what the client and what the proxy's log say of a request, by its X-Request-Id. A row is
 * complete when both have come; `rest` gives those whose log line never came, with the proxy's part unknown.
 */
export class Join {
  readonly #onRow: (row: RequestRow) => void
  #clients = new Map<string, ClientRow>()
  #entries = new Map<string, ProxyLogEntry>()
  /** Requests of which both ends are known. */
  joined = 0

  constructor(onRow: (row: RequestRow) => void) {
    this.#onRow = onRow
  }

  addClient(row: ClientRow): void {
    const id = String(row.index)
    const entry = this.#entries.get(id)
    if (!entry) {
      this.#clients.set(id, row)
      return
    }
    this.#entries.delete(id)
    this.#complete(row, entry)
  }

  addEntry(entry: ProxyLogEntry): void {
    const row = this.#clients.get(entry.id)
    if (!row) {
      if (entry.id !== '') this.#entries.set(entry.id, entry)
      return
    }
    this.#clients.delete(entry.id)
    this.#complete(row, entry)
  }

  /** Hands out the rows that have no log line. Their number. */
  rest(): number {
    for (const row of this.#clients.values()) this.#onRow({ ...row, queueWaitMs: null, serviceMs: null })
    const count = this.#clients.size
    this.#clients.clear()
    return count
  }

  #complete(row: ClientRow, entry: ProxyLogEntry): void {
    this.joined++
    const served = entry.server !== '' && entry.responseMs >= 0
    this.#onRow({
      ...row,
      server: entry.server,
      queueWaitMs: served ? Math.max(0, entry.queueMs) : null,
      serviceMs: served ? entry.totalMs - Math.max(0, entry.queueMs) : null,
    })
  }
}

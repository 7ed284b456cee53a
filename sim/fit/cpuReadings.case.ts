import type { CpuReading, RunRecord } from '../../record/schema.ts'

/** What the readings of a made-up host are made of. */
export interface MadeUpHost {
  cores: number
  othersCores: number
  othersMsPerRequest: number
  /** CPU time of a request at its replica beside what the record says, ms. */
  overheadCpuMs: number
  /** CPU time of a start, ms, spent when the replica is ready. */
  startCpuMs?: number
}

/** The record as a live run on such a host would have written it: readings by arithmetic from its own requests. */
export function withCpuReadings(record: RunRecord, host: MadeUpHost): RunRecord {
  const { requests, replicas } = record
  const atMs = (until: number, column: Float64Array) => Array.from(column).filter((ms) => ms <= until).length
  const reading = (nowMs: number): CpuReading => {
    const all: Record<string, number> = {}
    for (const { replica, state, atMs: readyMs } of replicas)
      if (state === 'ready' && readyMs <= nowMs) all[replica] = readyMs > 0 ? (host.startCpuMs ?? 0) : 0
    requests.doneMs.forEach((doneMs, i) => {
      const server = requests.server[i]!
      if (doneMs <= nowMs && server in all) all[server]! += requests.cpuMs[i]! + host.overheadCpuMs
    })
    const othersMs = host.othersCores * nowMs + host.othersMsPerRequest * atMs(nowMs, requests.sentMs)
    const hostMs = othersMs + Object.values(all).reduce((sum, ms) => sum + ms, 0)
    const gone = new Set(
      replicas
        .filter((event) => event.state === 'stopped' && event.atMs <= nowMs)
        .map(({ replica }) => replica),
    )
    return {
      hostMs,
      proxyMs: othersMs / 2,
      controllerMs: othersMs / 4,
      replicasMs: Object.fromEntries(Object.entries(all).filter(([name]) => !gone.has(name))),
    }
  }
  return {
    ...record,
    run: { ...record.run, mode: 'live', host: { cores: host.cores } },
    ticks: record.ticks.map((row) => ({ ...row, cpu: reading(row.observation.nowMs) })),
  }
}

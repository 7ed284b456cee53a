import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'

/** The machine, as a record's header keeps it. */
export function hostFacts(): Record<string, string | number> {
  return {
    system: `${type()} ${release().split('.').slice(0, 2).join('.')}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadAverageAtStart: Number(loadavg()[0]!.toFixed(2)),
  }
}

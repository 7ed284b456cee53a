import { situationOf, startRows, stopRows } from '../../analysis/starts.ts'
import type { RunRecord } from '../../record/schema.ts'
import { table } from '../output.ts'

export {
  type StartRow,
  type StopRow,
  startLabel,
  startRows,
  stopRows,
} from '../../analysis/starts.ts'

/** Experiment (c) for a person: what each kind of start consists of, and how long replicas take to go. */
export async function startupTable(records: readonly RunRecord[]): Promise<string> {
  const ms = (value: number | null) => (value === null ? '-' : value.toFixed(0))
  const range = ({ min, max }: { min: number; max: number }) => `${ms(min)} to ${ms(max)}`
  const starts = startRows(records).map(({ phases, totalMs, count, ...kind }) => [
    kind.method,
    situationOf(kind),
    ms(phases.createMs),
    ms(phases.startMs),
    ms(phases.answerMs),
    ms(phases.checkMs),
    ms(totalMs.mean),
    range(totalMs),
    String(count),
  ])
  const head = ['start (ms)', '', 'create', 'start', 'answer', 'check', 'total', 'range', 'n']
  const stops = stopRows(records).map(({ loaded, goneMs, count }) => [
    loaded ? 'drain and stop, loaded' : 'stop, idle',
    ms(goneMs.mean),
    range(goneMs),
    String(count),
  ])
  const parts = [await table(head, starts, 2)]
  if (stops.length > 0) parts.push(await table(['until gone (ms)', 'mean', 'range', 'n'], stops))
  return parts.join('\n\n')
}

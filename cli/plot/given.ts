import { type Pairing, pairRecords } from '../../analysis/compare.ts'
import type { Sla } from '../../analysis/sla.ts'
import { UserError } from '../../base/errors.ts'
import { readJsonFile } from '../../base/readJson.ts'
import { isGivenFile } from '../../base/readText.ts'
import { findRecords, readRecord } from '../../record/read.ts'
import type { RunHeader, RunRecord } from '../../record/schema.ts'
import { remarkDoubts } from '../believe.ts'
import { shortLabel } from '../simCompare.ts'

/** What a picture is asked for besides its kind. */
export interface PlotFlags {
  sla: Sla
  /** Of what the demand is, for elasticity. */
  model?: string
  /** The parameters on the axes of a landscape. */
  x?: string
  y?: string
}

/** What the command line names: records, or one JSON file. */
export interface Given {
  records: RunRecord[]
  /** Folder of each record. */
  folders: string[]
  file: { path: string; json: unknown } | null
}

/** @throws UserError where a path is neither, or a file comes with something else. */
export async function readGiven(paths: readonly string[]): Promise<Given> {
  const first = paths.findIndex(isGivenFile)
  if (first < 0) {
    const folders = await findRecords(paths)
    const records = await Promise.all(folders.map(readRecord))
    remarkDoubts(folders, records)
    return { folders, records, file: null }
  }
  const path = paths[first]!
  if (paths.length > 1)
    throw new UserError(`${path} is a file: give it alone, or give folders of run records`)
  return { folders: [], records: [], file: { path, json: readJsonFile(path, { mostBytes: MOST_BYTES }) } }
}

/** What a search with every candidate writes. */
const MOST_BYTES = 256 * 2 ** 20

/** @throws UserError where a file was given. */
export function recordsOf({ records, file }: Given, kind: string): RunRecord[] {
  if (file)
    throw new UserError(
      `--kind ${kind} draws run records, but ${file.path} is a file. Give the folders that sim run --out and live run write`,
    )
  return records
}

/** The records of one purpose. @throws UserError where there is none. */
export function ofPurpose(given: Given, kind: 'saturation' | 'scaling' | 'startup'): RunRecord[] {
  const own = recordsOf(given, kind).filter(({ run }) => run.purpose === kind)
  if (own.length > 0) return own
  throw new UserError(
    `--kind ${kind}: none of the ${given.records.length} records is of that kind (they are of ${purposesOf(given)}). Make one with: live calibrate ${kind}`,
  )
}

/** The runs of a policy, by trace and policy. @throws UserError where there is none. */
export function pairingsOf(given: Given, kind: string): Pairing[] {
  const runs = recordsOf(given, kind).filter(({ run }) => run.purpose === 'run')
  if (runs.length > 0) return pairRecords(runs, shortLabel)
  throw new UserError(
    `--kind ${kind}: none of the ${given.records.length} records is the run of a policy (they are of ${purposesOf(given)}). Make one with: sim run --out, or live run`,
  )
}

const purposesOf = ({ records }: Given) => [...new Set(records.map(({ run }) => run.purpose))].join(', ')

/** The trace's name alone where all have one policy and so on: what tells the groups of a picture apart. */
export function labelsOf(pairings: readonly Pairing[]): string[] {
  const traces = new Set(pairings.map(({ trace }) => trace))
  return pairings.map(({ trace, policy }) => (traces.size > 1 ? `${policy} on ${nameOf(trace)}` : policy))
}

/** What the picture's title adds where all groups have one trace. */
export function onTrace(pairings: readonly Pairing[]): string {
  const traces = [...new Set(pairings.map(({ trace }) => trace))]
  return traces.length === 1 ? ` on ${nameOf(traces[0]!)}` : ''
}

/** A trace file's path without its folders. */
export const nameOf = (trace: string) => trace.split('/').at(-1)!

export const seedText = ({ mode, seed }: RunHeader) =>
  `${mode === 'sim' ? 'simulated' : 'live'} run with seed ${seed}`

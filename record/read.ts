import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { badInput, messageOf, UserError } from '../base/errors.ts'
import type { FaultRow } from './faults.ts'
import { filesOf } from './files.ts'
import { readRequests } from './parquet.ts'
import {
  RECORD_SCHEMA,
  type ReplicaEvent,
  type RequestRow,
  type RunHeader,
  type RunRecord,
  type TickRow,
} from './schema.ts'
import { tableOf } from './table.ts'

/**
 * Reads a record. One whose run was killed is read from what had been appended; its header then says
 * `interrupted` and its verdict why it is not valid.
 * @throws UserError with the file and the line that cannot be read.
 */
export async function readRecord(folder: string): Promise<RunRecord> {
  const files = filesOf(folder)
  if (!existsSync(files.run)) {
    throw new UserError(
      `${folder} is not a run record: it has no run.json. Records are made by sim run --out and live run`,
    )
  }
  const run = await readHeader(files.run)
  const killed = run.state === 'running'
  const ticks = await readLines<TickRow>(files.ticks, killed)
  const replicas = await readLines<ReplicaEvent>(files.replicas, killed)
  const faults = run.faults && { faults: await readLines<FaultRow>(files.faults, killed) }
  const requests = existsSync(files.requests)
    ? await readParquet(files.requests)
    : tableOf(await readLines<RequestRow>(files.requestsGrowing, true))
  return { run: killed ? interruptedHeader(run) : run, ticks, replicas, requests, ...faults }
}

/** The folders with a record in or below each path: the path itself, or its children in natural order. */
export async function findRecords(paths: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const path of paths) {
    const inside = await recordsIn(path)
    if (inside.length === 0) {
      throw new UserError(`${path} holds no run record (a folder with run.json, or a folder of such folders)`)
    }
    found.push(...inside)
  }
  return found
}

async function recordsIn(path: string): Promise<string[]> {
  if (existsSync(filesOf(path).run)) return [path]
  if (!existsSync(path)) return []
  const names = await readdir(path).catch(() => [] as string[])
  return names
    .filter((name) => existsSync(filesOf(join(path, name)).run))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => join(path, name))
}

async function readHeader(path: string): Promise<RunHeader> {
  const text = await readFile(path, 'utf8')
  let run: RunHeader
  try {
    run = JSON.parse(text) as RunHeader
  } catch (error) {
    throw new UserError(`${path} is not JSON: ${messageOf(error)}`)
  }
  if (run.schema !== RECORD_SCHEMA) {
    throw badInput({
      place: `${path}: schema`,
      value: run.schema,
      expected: `${RECORD_SCHEMA}, the version that this ScaleTwin reads`,
    })
  }
  return run
}

/** NDJSON; with `mayBeCut` an unfinished last line is left out, as a killed writer leaves one. */
async function readLines<Row>(path: string, mayBeCut: boolean): Promise<Row[]> {
  if (!existsSync(path)) {
    if (mayBeCut) return []
    throw new UserError(`${path} is missing: the record is incomplete`)
  }
  const lines = (await readFile(path, 'utf8')).split('\n')
  const rest = lines.pop()
  if (rest && !mayBeCut) lines.push(rest)
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as Row
    } catch (error) {
      throw new UserError(`${path}:${index + 1} is not JSON: ${messageOf(error)}`)
    }
  })
}

async function readParquet(path: string) {
  try {
    return await readRequests(path)
  } catch (error) {
    throw new UserError(`${path} cannot be read as Parquet: ${messageOf(error)}`, { cause: error })
  }
}

function interruptedHeader(run: RunHeader): RunHeader {
  const reasons = [...run.verdict.reasons, 'the run was killed before it ended']
  return { ...run, state: 'interrupted', verdict: { valid: false, reasons } }
}

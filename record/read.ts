import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../base/errors.ts'
import { readJsonFile } from '../base/readJson.ts'
import { isGivenFile } from '../base/readText.ts'
import { checkGrowing } from './checkRequests.ts'
import { filesOf } from './files.ts'
import { readRequests } from './parquet.ts'
import { checkEach, checked, readLines } from './readLines.ts'
import { interruptedHeader } from './repair.ts'
import type { RunHeader, RunRecord } from './schema.ts'
import { tableOf } from './table.ts'

/**
 * Reads a record, and sees that each of its values is what schema.ts says. One whose run was killed is read from what had been
 * appended; its header then says `interrupted` and its verdict why it is not valid.
 * @throws UserError with the file, the line or row, the field, its value and what was expected.
 */
export async function readRecord(folder: string): Promise<RunRecord> {
  const files = filesOf(folder)
  if (!isGivenFile(files.run)) throw noRecord(folder)
  const { faultRow, replicaEvent, tickRow } = await import('./rowSchemas.ts')
  const run = await readHeader(files.run)
  const killed = run.state === 'running'
  const cut: Record<string, number> = {}
  const lines = (path: string) => readLines(path, killed ? cut : null)
  const ticks = checkEach(lines(files.ticks), tickRow, files.ticks)
  const replicas = checkEach(lines(files.replicas), replicaEvent, files.replicas)
  const faults = run.faults && { faults: checkEach(lines(files.faults), faultRow, files.faults) }
  const isWhole = isGivenFile(files.requests) || (!killed && !isGivenFile(files.requestsGrowing))
  const rows = isWhole ? null : checkGrowing(readLines(files.requestsGrowing, cut), files.requestsGrowing)
  const requests = rows ? tableOf(rows) : await readRequests(files.requests)
  const header = killed ? await interruptedHeader(folder, run, { ticks, replicas, requests: rows, cut }) : run
  return { run: header, ticks, replicas, requests, ...faults }
}

function noRecord(folder: string): UserError {
  const { ticks, requests, requestsGrowing, writer } = filesOf(folder)
  return [ticks, requests, requestsGrowing, writer].some((path) => existsSync(path))
    ? new UserError(
        `${folder} has no run.json: whoever wrote the record did not finish it. Make it anew, with --force`,
      )
    : new UserError(
        `${folder} is not a run record: it has no run.json. Records are made by sim run --out and live run`,
      )
}

async function readHeader(path: string): Promise<RunHeader> {
  const value = readJsonFile(path)
  const { runHeader } = await import('./headerSchema.ts')
  return checked(value, runHeader, path)
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
  if (isGivenFile(filesOf(path).run)) return [path]
  if (!existsSync(path)) return []
  const names = await readdir(path).catch(() => [] as string[])
  return names
    .filter((name) => isGivenFile(filesOf(join(path, name)).run))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => join(path, name))
}

import { chmod, chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ProcessId, parseProcessId, processIdText } from '../base/processId.ts'
import { ownerOfPid } from './labels.ts'
import { scratchName } from './scratch.ts'

const PREFIX = 'scaletwin-run-'

/** A run's folder on the host: sockets, HAProxy's files and the object store. Gone when the run is cleaned up. */
export interface RunDir {
  path: string
  /** Bind-mounted into HAProxy's container. */
  proxy: string
  /** Bind-mounted into every replica. */
  store: string
}

export function runDirOf(id: string): RunDir {
  const path = join(tmpdir(), `${PREFIX}${id}`)
  return { path, proxy: join(path, 'proxy'), store: join(path, 'store') }
}

/** The users of the two images, as their Containerfiles make them. */
export const UIDS = { proxy: 10_002, store: 10_001 } as const

/**
 * The outer folder is closed to other users. An inner one is its container's user's alone; where this process may not
 * give it away (it is not root) all may write to it, and the outer one keeps them out.
 */
export async function makeRunDir(id: string, ownerPid: number): Promise<RunDir> {
  // Under its own name only once it says whose it is: one without an owner would be taken for a killed run's.
  const making = join(tmpdir(), scratchName('run'))
  await mkdir(making, { mode: 0o700 })
  await writeFile(join(making, 'owner'), processIdText(ownerOfPid(ownerPid)))
  for (const what of ['proxy', 'store'] as const) {
    const inner = join(making, what)
    await mkdir(inner, { mode: 0o700 })
    if (process.getuid?.() === 0) await chown(inner, UIDS[what], UIDS[what])
    else await chmod(inner, 0o777)
  }
  const dir = runDirOf(id)
  await rename(making, dir.path)
  return dir
}

export async function removeRunDir(id: string): Promise<void> {
  await rm(runDirOf(id).path, { recursive: true, force: true })
}

/** The process that made the folder; null where there is none or it does not say. */
export async function ownerOf(id: string): Promise<ProcessId | null> {
  const text = await readFile(join(runDirOf(id).path, 'owner'), 'utf8').catch(() => '')
  return parseProcessId(text)
}

/** Ids of all run folders on this machine. */
export async function listRunDirs(): Promise<string[]> {
  const names = await readdir(tmpdir())
  return names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length))
}

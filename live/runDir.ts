import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

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

/** The outer folder is closed to other users; the inner ones are open to the containers' own users. */
export async function makeRunDir(id: string, ownerPid: number): Promise<RunDir> {
  const dir = runDirOf(id)
  await mkdir(dir.path, { mode: 0o700 })
  await writeFile(join(dir.path, 'owner'), String(ownerPid))
  for (const inner of [dir.proxy, dir.store]) {
    await mkdir(inner)
    await chmod(inner, 0o777)
  }
  return dir
}

export async function removeRunDir(id: string): Promise<void> {
  await rm(runDirOf(id).path, { recursive: true, force: true })
}

/** The process that made the folder; null where there is none or it does not say. */
export async function ownerOf(id: string): Promise<number | null> {
  const text = await readFile(join(runDirOf(id).path, 'owner'), 'utf8').catch(() => '')
  return /^\d+$/.test(text) ? Number(text) : null
}

/** Ids of all run folders on this machine. */
export async function listRunDirs(): Promise<string[]> {
  const names = await readdir(tmpdir())
  return names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length))
}

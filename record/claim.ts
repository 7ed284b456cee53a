import { existsSync } from 'node:fs'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { UserError } from '../base/errors.ts'
import { isRunning, type ProcessId, parseProcessId, processId, processIdText } from '../base/processId.ts'
import { filesOf } from './files.ts'

/**
 * Takes a folder for a new record of this process until the returned function is called: two runs cannot write into
 * one. The claim of a process that is gone counts for nothing.
 * @throws UserError where a running process has it, or a record is there.
 */
export async function claimFolder(folder: string): Promise<() => Promise<void>> {
  const { writer, run } = filesOf(folder)
  const part = `${writer}.${process.pid}.part`
  await writeFile(part, processIdText(processId()))
  try {
    // A hard link is made with its content, and only where there is none: of two processes one gets it.
    await link(part, writer).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
      await refuseClaimed(folder)
      await rm(writer, { force: true })
      await link(part, writer)
    })
  } finally {
    await rm(part, { force: true })
  }
  const release = () => rm(writer, { force: true })
  if (!existsSync(run)) return release
  await release()
  throw new UserError(`${folder} holds the record of another run: choose another --out`)
}

/** The running process that writes this record; null where none does. */
export async function writerOf(folder: string): Promise<ProcessId | null> {
  const text = await readFile(filesOf(folder).writer, 'utf8').catch(() => '')
  const id = parseProcessId(text)
  return id && isRunning(id) ? id : null
}

/** @throws UserError where a running process writes this record. */
export async function refuseClaimed(folder: string): Promise<void> {
  const writer = await writerOf(folder)
  if (writer)
    throw new UserError(
      `a run that is going on (process ${writer.pid}) writes its record into ${folder}. Wait for its end, or choose another --out`,
    )
}

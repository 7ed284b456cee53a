import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes a file that is there whole or not at all, whenever this process is killed: a temporary file, then its name.
 * What a killed writer left, `<path>.part`, the next one replaces. `durable` holds for a power loss too, and costs some
 * milliseconds for each file: what a measurement found is worth them, what can be computed again is not.
 * @see fsync(2): a new name is on the disk only after fsync of its folder.
 */
export async function writeWhole(
  path: string,
  data: string | Uint8Array,
  { durable }: { durable: boolean },
): Promise<void> {
  const part = `${path}.part`
  try {
    const file = await open(part, 'w')
    try {
      await file.writeFile(data)
      if (durable) await file.datasync()
    } finally {
      await file.close()
    }
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  if (durable) await syncFolder(dirname(path))
}

/** What was made, renamed and removed in the folder is on the disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

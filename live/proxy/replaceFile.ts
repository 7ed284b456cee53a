import { open, rename, rm } from 'node:fs/promises'

/**
 * Replaces a file's text at once: nobody reads half of it. Other users may read it.
 * Must stay true: no link is followed. A container may write to the folder, and this process may be root, so that a link
 * laid there could lead it to any file of the machine. `wx` makes a new file or fails, and rename replaces a link itself.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const next = `${path}.new`
  await rm(next, { force: true })
  const file = await open(next, 'wx')
  try {
    await file.writeFile(text)
    await file.chmod(0o644)
  } finally {
    await file.close()
  }
  await rename(next, path)
}

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../../..')
/** sim/ and whatever it may import (test/layers.test.ts). */
const FOLDERS = ['analysis', 'base', 'control', 'policies', 'record', 'sim', 'traces']

/**
 * SHA-256 in hex of the source files that decide a simulated run: two machines with the same one give the same metrics, to the
 * bit. Tests are not in it.
 */
export async function codeHash(): Promise<string> {
  const hash = createHash('sha256')
  for (const folder of FOLDERS) {
    const names = await readdir(join(ROOT, folder), { recursive: true })
    const sources = names.filter((name) => name.endsWith('.ts') && !/\.(test|case)\.ts$/.test(name)).sort()
    for (const name of sources) {
      const path = join(folder, name).replaceAll('\\', '/')
      hash.update(`${path}\n`).update(await readFile(join(ROOT, path)))
    }
  }
  return hash.digest('hex')
}

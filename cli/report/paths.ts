import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../base/errors.ts'
import { readJsonFile } from '../../base/readJson.ts'
import { isGivenFile } from '../../base/readText.ts'
import { schemaProblems } from '../../base/schemaProblems.ts'
import { filesOf } from '../../record/files.ts'
import type { Improvement } from '../../report/index.ts'
import { MATRIX_FILE } from '../validate/matrix.ts'

/** How deep below a path records are looked for: a folder of matrices has trace, side and number below it. */
const DEPTH = 4

/** The folders of all records in or below the paths, in natural order. @throws UserError where a path has none. */
export async function recordFolders(paths: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const path of paths) {
    const below = await holding(path, DEPTH)
    if (below.length === 0)
      throw new UserError(`${path} holds no run record (a folder with run.json), nor do the folders in it`)
    found.push(...below)
  }
  return found
}

async function holding(path: string, depth: number): Promise<string[]> {
  if (existsSync(filesOf(path).run)) return [path]
  if (depth === 0) return []
  const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  return (await Promise.all(folders.map((name) => holding(join(path, name), depth - 1)))).flat()
}

/** The folder that a record stands in, by its name: of `runs/calibration/service/saturation-1` it is `service`. */
export const groupOf = (folder: string): string => basename(join(folder, '..'))

/** The part of a matrix that a report needs; one of live validate has no improvement. */
const matrix = z.object({ improvement: z.object({ without: z.string(), with: z.string() }).optional() })

/** What live experiment wrote into its folder; null where none of the paths is one. */
export async function improvementOf(paths: readonly string[]): Promise<Improvement | null> {
  for (const path of paths) {
    const file = join(path, MATRIX_FILE)
    if (!isGivenFile(file)) continue
    const value = readJsonFile(file)
    const checked = matrix.safeParse(value)
    if (!checked.success) throw schemaProblems(checked.error.issues, { value, file })
    if (checked.data.improvement) return checked.data.improvement
  }
  return null
}

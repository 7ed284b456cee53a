import { existsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../base/errors.ts'
import { refuseClaimed } from '../record/claim.ts'

export { formatMetric, labelOf } from '../analysis/metricText.ts'

/**
 * Makes a folder for new records. An empty or missing one is taken; one with anything in it only where the
 * user said --force, and then only if what is in it are records, and nobody is writing them.
 */
export async function prepareOutput(folder: string, force: boolean): Promise<void> {
  const inside = existsSync(folder) ? await readdir(folder) : []
  if (inside.length > 0) {
    if (!force) {
      throw new UserError(
        `--out ${folder} is not empty. Choose another folder, or add --force to replace the records in it`,
      )
    }
    for (const name of ['.', ...inside.filter((name) => /^\d+$/.test(name))])
      await refuseClaimed(join(folder, name))
    const foreign = inside.filter(
      (name) => !/^(\d+|writer|.*\.(json|ndjson|parquet|part|svg|png))$/.test(name),
    )
    if (foreign.length > 0) {
      throw new UserError(`--out ${folder} holds ${foreign[0]}, which is no run record: it is not replaced`)
    }
    for (const name of inside) await rm(join(folder, name), { recursive: true })
  }
  await mkdir(folder, { recursive: true })
}

/** Where run i of n goes: the folder itself for a single run, else its numbered child. */
export function folderOf(out: string, index: number, count: number): string {
  return count === 1 ? out : join(out, String(index + 1))
}

/** A plain table: no colours, so that it reads the same in a file. */
export async function table(head: string[], rows: string[][], rightFrom = 1): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const aligned = head.map((_, i): 'left' | 'right' => (i < rightFrom ? 'left' : 'right'))
  const view = new Table({
    head,
    colAligns: aligned,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '   ',
    },
  })
  view.push(...rows)
  return view.toString().replace(/ +$/gm, '')
}

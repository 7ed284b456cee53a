import { badInput } from '../../base/errors.ts'
import { stream } from '../../base/random.ts'
import { fileName } from '../fileName.ts'

/** In the folder of a matrix: which one it is. */
export const MATRIX_FILE = 'matrix.json'

/** A policy as the matrix names it: `pid`, or with parameters `pid:kp=0.5,tiMs=2000`. */
export interface PolicyChoice {
  label: string
  policy: string
  set: string[]
}

/** One policy on one trace. */
export interface MatrixCell {
  trace: string
  choice: PolicyChoice
  /** Name of its folder. */
  folder: string
}

/** One live run of the matrix. */
export interface MatrixRun {
  cell: MatrixCell
  /** From 1. */
  repeat: number
  seed: number
}

export function parseChoice(label: string): PolicyChoice {
  const at = label.search(/:(?![\\/])/)
  const policy = (at < 0 ? label : label.slice(0, at)).trim()
  const set = at < 0 ? [] : label.slice(at + 1).split(',')
  if (policy === '' || set.some((setting) => !setting.includes('='))) {
    throw badInput({
      place: '--policy',
      value: label,
      expected: 'a policy, with parameters behind a colon: pid:kp=0.5,tiMs=2000',
    })
  }
  return { label, policy, set }
}

/** Every policy on every trace. @throws UserError where two cells would share a folder. */
export function cellsOf(traces: readonly string[], choices: readonly PolicyChoice[]): MatrixCell[] {
  const cells = traces.flatMap((trace) =>
    choices.map((choice) => ({ trace, choice, folder: `${folderName(trace)}-${folderName(choice.label)}` })),
  )
  const folders = new Set<string>()
  for (const { folder, trace, choice } of cells) {
    if (folders.has(folder)) {
      throw badInput({
        place: '--policy and --trace',
        value: `${choice.label} on ${trace}`,
        expected: 'each policy and each trace once',
      })
    }
    folders.add(folder)
  }
  return cells
}

/**
 * The live runs in random order, so that a machine that gets slower or faster in the course of an hour does not favour a policy:
 * complete repeats one after the other, the cells of each shuffled (Fisher and Yates). Repeat r has seed
 * `seed + r - 1` in every cell: the same arrivals for every policy.
 */
export function runOrder(
  cells: readonly MatrixCell[],
  { repeats, seed }: { repeats: number; seed: number },
): MatrixRun[] {
  const random = stream(seed, 'order of the matrix')
  return Array.from({ length: repeats }, (_, r) => {
    const shuffled = [...cells]
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1))
      const held = shuffled[i]!
      shuffled[i] = shuffled[j]!
      shuffled[j] = held
    }
    return shuffled.map((cell) => ({ cell, repeat: r + 1, seed: seed + r }))
  }).flat()
}

/** A trace or policy that is a path is named by its file. */
const folderName = (text: string) =>
  fileName(text.replace(/^.*[\\/]/, '').replace(/\.(json|[cm]?[jt]s)(?=$|:)/, ''))

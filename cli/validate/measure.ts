import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../base/errors.ts'
import { readTextFile } from '../../base/readText.ts'
import { formatDuration } from '../../base/units.ts'
import type { AppSettings } from '../../live/appSettings.ts'
import { readRecord } from '../../record/read.ts'
import { measureLive } from '../measureLive.ts'
import { prepareOutput } from '../output.ts'
import { remark } from '../program.ts'
import type { RunPlan } from '../runOptions.ts'
import { MATRIX_FILE, type MatrixCell, type MatrixRun } from './matrix.ts'
import { type Prediction, predict } from './predict.ts'

/** What is predicted and then measured. */
export interface PlannedMatrix {
  out: string
  plans: ReadonlyMap<MatrixCell, RunPlan>
  order: readonly MatrixRun[]
}

/** Time that a live run takes besides its trace: the set-up comes up, the last requests end, all is removed. */
const AROUND_A_RUN_MS = 12_000

/** The runs that are still to be made, with a remark on how long they take. */
export async function openRuns({ out, plans, order }: PlannedMatrix): Promise<MatrixRun[]> {
  const open = []
  for (const one of order) if (!(await isDone(folderOf(out, one)))) open.push(one)
  const ms = open.reduce((sum, { cell }) => sum + plans.get(cell)!.trace.durationMs + AROUND_A_RUN_MS, 0)
  remark(
    `${plans.size === 1 ? '1 cell' : `${plans.size} cells`}, ${order.length} live runs, ${order.length - open.length} of them made already; the others take about ${formatDuration(Math.round(ms / 60_000) * 60_000)}`,
  )
  return open
}

/**
 * Predicts every cell, then makes the open runs.
 * @param changes what a run has that its cell has not: its seed, and its work where that is given.
 */
export async function measureMatrix(
  { out, plans }: PlannedMatrix,
  open: readonly MatrixRun[],
  settings: { app: AppSettings; port: number; replications: number },
  changes: (run: MatrixRun) => Partial<RunPlan> | Promise<Partial<RunPlan>>,
  signal: AbortSignal,
): Promise<void> {
  const { app, port, replications } = settings
  const predictions = new Map<MatrixCell, Prediction>()
  for (const [cell, plan] of plans) {
    signal.throwIfAborted()
    const prediction = await predict(plan, join(out, cell.folder, 'sim'), replications)
    predictions.set(cell, prediction)
    remark(`predicted ${cell.choice.label} on ${cell.trace}: ${prediction.sha256.slice(0, 12)}`)
  }
  for (const [i, one] of open.entries()) {
    remark(
      `live run ${i + 1} of ${open.length}: ${one.cell.choice.label} on ${one.cell.trace}, repeat ${one.repeat}`,
    )
    const folder = folderOf(out, one)
    await prepareOutput(folder, true)
    const plan = { ...plans.get(one.cell)!, ...(await changes(one)) }
    const setUp = { app, port, prediction: predictions.get(one.cell)! }
    const { header } = await measureLive(plan, setUp, folder, signal)
    if (!header.verdict.valid) remark(`${folder} is not valid: ${header.verdict.reasons.join('; ')}`)
  }
}

const folderOf = (out: string, { cell, repeat }: MatrixRun) => join(out, cell.folder, 'live', String(repeat))

async function isDone(folder: string): Promise<boolean> {
  return existsSync(join(folder, 'run.json')) && (await readRecord(folder)).run.state === 'complete'
}

/** The folder remembers the matrix, so that two different ones never mix in it. */
export async function startOrGoOn(
  out: string,
  matrix: Readonly<Record<string, unknown>>,
  { dryRun }: { dryRun: boolean },
): Promise<void> {
  const text = `${JSON.stringify(matrix, null, 2)}\n`
  const path = join(out, MATRIX_FILE)
  if (existsSync(path)) {
    if (readTextFile(path) === text) return
    throw new UserError(
      `--out ${out} holds another matrix (${path} says which). Give the same options to go on with it, or another folder`,
    )
  }
  if (dryRun) return
  await prepareOutput(out, false)
  await writeFile(path, text)
}

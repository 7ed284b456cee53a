import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Summary } from '../analysis/summary.ts'
import { UserError } from '../base/errors.ts'
import { readBytesFile } from '../base/readText.ts'

/** What `sim run --out` writes beside its records: the metrics with their intervals. */
export const PREDICTION_FILE = 'prediction.json'

/** Writes the prediction beside its records. */
export function writePrediction(
  folder: string,
  prediction: { sla: string; replications: number; seed: number; metrics: Summary },
): Promise<void> {
  return writeFile(join(folder, PREDICTION_FILE), `${JSON.stringify(prediction, null, 2)}\n`)
}

/** SHA-256 of a file in hex; null where it cannot be read. A record names the path, so it may be that of a device. */
export async function sha256Of(path: string): Promise<string | null> {
  try {
    return createHash('sha256').update(readBytesFile(path)).digest('hex')
  } catch (error) {
    if (error instanceof UserError) return null
    throw error
  }
}

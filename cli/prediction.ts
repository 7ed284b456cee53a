import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** What `sim run --out` writes beside its records: the metrics with their intervals. */
export const PREDICTION_FILE = 'prediction.json'

/** SHA-256 of a file in hex; null where it cannot be read. */
export async function sha256Of(path: string): Promise<string | null> {
  const bytes = await readFile(path).catch(() => null)
  return bytes && createHash('sha256').update(bytes).digest('hex')
}

import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../base/errors.ts'
import { readJsonFile } from '../base/readJson.ts'
import { isGivenFile } from '../base/readText.ts'
import { schemaProblems } from '../base/schemaProblems.ts'
import { meanOf, varianceOf } from './distribution.ts'
import type { Model } from './model.ts'

const SHIPPED = join(import.meta.dirname, 'models')
export const DEFAULT_MODEL = 'reference'

/** A model by name (among the shipped ones) or by path. @throws UserError with file, place, value and expectation. */
export async function readModel(nameOrPath: string): Promise<Model> {
  const path = await findModel(nameOrPath)
  return parseModel(readJsonFile(path), path)
}

async function findModel(nameOrPath: string): Promise<string> {
  if (nameOrPath.includes('/') || isGivenFile(nameOrPath)) return nameOrPath
  const shipped = join(SHIPPED, nameOrPath.endsWith('.json') ? nameOrPath : `${nameOrPath}.json`)
  if (existsSync(shipped)) return shipped
  const names = (await readdir(SHIPPED)).map((name) => name.replace(/\.json$/, '')).join(', ')
  throw new UserError(
    `there is no model ${JSON.stringify(nameOrPath)}: neither a file nor one of the shipped ones (${names})`,
  )
}

/**
 * Checks a model's JSON.
 * @param file for messages.
 * @throws UserError with a line for each of the first problems: file, place, value, expectation.
 */
export async function parseModel(value: unknown, file: string): Promise<Model> {
  const { modelSchema } = await import('./modelSchema.ts')
  const result = modelSchema.safeParse(value)
  if (result.success) return result.data
  throw schemaProblems(result.error.issues, { value, file })
}

/**
 * Mean (ms) and variance (ms^2) of the time that a request of the given mix holds its server; the share of each
 * class by its weight, blocking, CPU and overhead independent.
 */
export function holdingMoments(
  model: Model,
  mix: Partial<Record<string, number>>,
): { mean: number; variance: number } {
  let weights = 0
  let sum = 0
  let squares = 0
  for (const [name, weight] of Object.entries(mix)) {
    const own = model.classes[name]
    if (!own || !weight) continue
    const parts = [own.blockingMs, own.cpuMs, own.overheadMs].map(({ distribution }) => distribution)
    const mean = parts.reduce((total, part) => total + meanOf(part), 0)
    const variance = parts.reduce((total, part) => total + varianceOf(part), 0)
    sum += weight * mean
    squares += weight * (variance + mean ** 2)
    weights += weight
  }
  if (weights === 0) return { mean: 0, variance: 0 }
  const mean = sum / weights
  return { mean, variance: squares / weights - mean ** 2 }
}

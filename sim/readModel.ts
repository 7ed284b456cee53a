import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, UserError } from '../base/errors.ts'
import { meanOf } from './distribution.ts'
import type { Model } from './model.ts'

const SHIPPED = join(import.meta.dirname, 'models')
export const DEFAULT_MODEL = 'reference'

/** A model by name (among the shipped ones) or by path. @throws UserError with file, place, value and expectation. */
export async function readModel(nameOrPath: string): Promise<Model> {
  const path = await findModel(nameOrPath)
  const text = await readFile(path, 'utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UserError(`${path} is not JSON: ${messageOf(error)}`)
  }
  return parseModel(value, path)
}

async function findModel(nameOrPath: string): Promise<string> {
  if (existsSync(nameOrPath)) return nameOrPath
  const shipped = join(SHIPPED, nameOrPath.endsWith('.json') ? nameOrPath : `${nameOrPath}.json`)
  if (!nameOrPath.includes('/') && existsSync(shipped)) return shipped
  const names = (await readdir(SHIPPED)).map((name) => name.replace(/\.json$/, '')).join(', ')
  throw new UserError(
    `there is no model ${JSON.stringify(nameOrPath)}: neither a file nor one of the shipped ones (${names})`,
  )
}

/** Checks a model's JSON. @param place the file, for messages. */
export async function parseModel(value: unknown, place: string): Promise<Model> {
  const { modelSchema } = await import('./modelSchema.ts')
  const result = modelSchema.safeParse(value)
  if (!result.success) {
    const { z } = await import('zod')
    throw new UserError(`${place} is not a model:\n${z.prettifyError(result.error)}`)
  }
  return result.data as Model
}

/** Mean time that a request of the given mix holds its server, ms; the share of each class by its weight. */
export function meanHoldingMs(model: Model, mix: Partial<Record<string, number>>): number {
  let weights = 0
  let sum = 0
  for (const [name, weight] of Object.entries(mix)) {
    const own = model.classes[name]
    if (!own || !weight) continue
    const parts = [own.blockingMs, own.cpuMs, own.overheadMs]
    sum += weight * parts.reduce((total, part) => total + meanOf(part.distribution), 0)
    weights += weight
  }
  return weights > 0 ? sum / weights : 0
}

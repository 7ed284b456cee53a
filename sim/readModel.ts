import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { core } from 'zod'
import { messageOf, UserError } from '../base/errors.ts'
import { meanOf, varianceOf } from './distribution.ts'
import type { Model } from './model.ts'

const SHIPPED = join(import.meta.dirname, 'models')
export const DEFAULT_MODEL = 'reference'

/** A model by name (among the shipped ones) or by path. @throws UserError with file, place, value and expectation. */
export async function readModel(nameOrPath: string): Promise<Model> {
  const path = await findModel(nameOrPath)
  return parseModel(await readJson(path), path)
}

async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new UserError(`the model ${path} cannot be read: ${messageOf(error)}`, { cause: error })
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UserError(`${path} is not JSON: ${messageOf(error)}`, { cause: error })
  }
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

/**
 * Checks a model's JSON.
 * @param file for messages.
 * @throws UserError with a line for each of the first problems: file, place, value, expectation.
 */
export async function parseModel(value: unknown, file: string): Promise<Model> {
  const { modelSchema } = await import('./modelSchema.ts')
  const result = modelSchema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, value))
  const lines = problems.slice(0, MOST_PROBLEMS).map(({ path, expected }) => {
    const place = path.length > 0 ? `${file}: ${placeOf(path)}` : file
    return `${place} is ${shown(at(value, path))}, expected ${expected}`
  })
  const more = problems.length - lines.length
  throw new UserError([...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'))
}

const MOST_PROBLEMS = 10

interface Problem {
  path: readonly PropertyKey[]
  expected: string
}

function problemsOf(issue: core.$ZodIssue, value: unknown): Problem[] {
  const { path } = issue
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], expected: 'no key of this name' }))
  return [{ path, expected: expectedBy(issue, at(value, path)) }]
}

const NOUNS: Partial<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a text',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

/** What the schema wants, in words. Its own texts (`error`) are expectations already. */
function expectedBy(issue: core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'number' && typeof value === 'number') return 'a finite number'
      return NOUNS[issue.expected] ?? issue.message
    case 'too_small':
      return `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${unitOf(issue.origin)}`
    case 'too_big':
      return `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${unitOf(issue.origin)}`
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((one) => JSON.stringify(one)).join(', ')}`
    case 'invalid_union':
      if (issue.errors.length === 0) return issue.message
      return issue.errors.map(([first]) => (first ? expectedBy(first, value) : '')).join(' or ')
    default:
      return issue.message
  }
}

const unitOf = (origin: string) =>
  origin === 'array' ? ' entries' : origin === 'string' ? ' characters' : ''

/** `classes.read.cpuMs.distribution.parts[0].weight` */
function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => {
      if (typeof key === 'number') return `[${key}]`
      const name = String(key)
      if (!/^[\w-]+$/.test(name)) return `[${cut(JSON.stringify(name))}]`
      return i > 0 ? `.${cut(name)}` : cut(name)
    })
    .join('')
}

/** The value at a path, undefined where there is none. */
function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inside, key) => {
    const isThere = typeof inside === 'object' && inside !== null && Object.hasOwn(inside, key)
    return isThere ? (inside as Record<PropertyKey, unknown>)[key] : undefined
  }, value)
}

/** Not `JSON.stringify` of everything: a list can be long, and nested deeper than it can go. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return cut(typeof value === 'string' ? JSON.stringify(value) : String(value))
}

const cut = (text: string) => (text.length > 80 ? `${text.slice(0, 77)}...` : text)

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

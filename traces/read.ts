import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { badInput } from '../base/errors.ts'
import { readJsonFile } from '../base/readJson.ts'
import { isGivenFile } from '../base/readText.ts'
import type { Trace } from './trace.ts'

/** A list of every request of a long day. */
const MOST_BYTES = 256 * 2 ** 20

/**
 * A trace by name (`spike`, `spike.json`: one of the shipped ones) or by path (anything with a slash, or that
 * is a file).
 * @throws UserError with file, place, value and expectation.
 */
export async function readTrace(nameOrPath: string): Promise<Trace> {
  const { path, place } = locate(nameOrPath)
  const value = readJsonFile(path, { place, mostBytes: MOST_BYTES })
  const { parseTrace } = await import('./parse.ts')
  return parseTrace(value, place)
}

/** Names of the traces that come with the program, in alphabetical order. */
export function shippedNames(): string[] {
  return readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.json'))
    .map((file) => basename(file, '.json'))
    .sort()
}

function locate(nameOrPath: string): { path: string; place: string } {
  if (/[/\\]/.test(nameOrPath) || isGivenFile(nameOrPath)) return { path: nameOrPath, place: nameOrPath }
  const name = nameOrPath.replace(/\.json$/, '')
  const shipped = shippedNames()
  if (shipped.includes(name))
    return { path: join(import.meta.dirname, `${name}.json`), place: `${name}.json` }
  throw badInput({
    place: 'trace',
    value: nameOrPath,
    expected: `a path or one of the shipped traces: ${shipped.join(', ')}`,
  })
}

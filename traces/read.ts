import { existsSync, readdirSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { badInput, messageOf } from '../base/errors.ts'
import type { Trace } from './trace.ts'

/**
 * A trace by name (`spike`, `spike.json`: one of the shipped ones) or by path (anything with a slash, or that
 * is a file).
 * @throws UserError with file, place, value and expectation.
 */
export async function readTrace(nameOrPath: string): Promise<Trace> {
  const { path, place } = locate(nameOrPath)
  const value = parseJson(await readText(path), place)
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
  if (/[/\\]/.test(nameOrPath) || isFile(nameOrPath)) return { path: nameOrPath, place: nameOrPath }
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

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile()
}

async function readText(path: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8')
    return text.replace(/^\uFEFF/, '')
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? messageOf(cause)
    throw badInput({ place: 'trace', value: path, expected: `a file that can be read (${reason})`, cause })
  }
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const offset = syntaxErrorOffset(text)
    const before = text.slice(0, offset).split('\n')
    throw badInput({
      place: `${place}: line ${before.length}, column ${before.at(-1)!.length + 1}`,
      value: text[offset] ?? 'the end of the file',
      expected: 'valid JSON',
      cause,
    })
  }
}

/**
 * Where JSON.parse stumbles, which its message does not always say. A prefix of valid JSON fails only
 * because it ends; once it holds the wrong character every longer one fails there too. So the shortest prefix
 * that is wrong for another reason than its end can be found by bisection.
 */
function syntaxErrorOffset(text: string): number {
  let good = 0
  let bad = text.length + 1
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1
    if (isWrongBeforeEnd(text.slice(0, middle))) bad = middle
    else good = middle
  }
  return good
}

function isWrongBeforeEnd(prefix: string): boolean {
  try {
    JSON.parse(prefix)
    return false
  } catch (error) {
    const message = messageOf(error)
    const position = /at position (\d+)/.exec(message)?.[1]
    return position === undefined ? !message.startsWith('Unexpected end') : Number(position) < prefix.length
  }
}

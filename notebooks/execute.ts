import { registerHooks } from 'node:module'
import { basename, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { messageOf, UserError } from '../base/errors.ts'
import { BEGIN, moduleOf, VALUE } from './moduleOf.ts'
import type { Notebook } from './notebook.ts'
import { Output } from './output.ts'

/** Sources of the notebooks that are being executed, and what they put out, by the module's address. */
const sources = new Map<string, string>()
const outputs = new Map<string, Output>()

/** Where the module of a notebook gets its output from. */
export const outputOf = (address: string): Output => outputs.get(address)!

let isHooked = false

/** Lets Node import a Markdown file that is in `sources` as the module made of it: no file is written, and imports are relative to the notebook. */
function hook(): void {
  if (isHooked) return
  isHooked = true
  registerHooks({
    load(url, context, nextLoad) {
      const source = sources.get(url)
      return source === undefined
        ? nextLoad(url, context)
        : { format: 'module-typescript', source, shortCircuit: true }
    },
  })
}

/**
 * Runs all cells of a notebook in order, in one module.
 * @throws UserError that names the notebook's file and the line, where a cell or a value of the prose fails.
 */
export async function execute(notebook: Notebook): Promise<Output> {
  hook()
  const url = pathToFileURL(resolve(notebook.path)).href
  const output = new Output()
  const names = `{ show, beginCell: ${BEGIN}, value: ${VALUE} }`
  const preamble = `import { outputOf as $of } from ${JSON.stringify(import.meta.url)}; const ${names} = $of(import.meta.url);`
  sources.set(url, moduleOf(notebook, preamble))
  outputs.set(url, output)
  try {
    await import(url)
    return output
  } catch (error) {
    throw failure(notebook, url, error)
  }
}

/** The innermost place in the notebook that the stack names. */
function failure(notebook: Notebook, url: string, error: unknown): UserError {
  const line = lineOf(notebook, url, error)
  if (line === null) return new UserError(`${notebook.path}: ${messageOf(error)}`, { cause: error })
  const cell = notebook.parts.find(
    (part) =>
      part.kind === 'cell' && line >= part.fromLine && line < part.fromLine + part.source.split('\n').length,
  )
  const where = cell?.kind === 'cell' ? `cell ${cell.number}` : 'a value in the prose'
  return new UserError(`${notebook.path}:${line}: ${where}: ${messageOf(error)}`, { cause: error })
}

/** From 1; null where it is not told. */
function lineOf({ parts }: Notebook, url: string, error: unknown): number | null {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const place = [url, fileURLToPath(url)].flatMap((name) => stack.split(`${name}:`).slice(1, 2))[0]
  const line = Number.parseInt(place ?? '', 10)
  if (!Number.isNaN(line)) return line
  // A module that is not there has no place in the stack: only its name is known.
  const missing = /Cannot find (?:module|package) '([^']+)'/.exec(messageOf(error))?.[1]
  if (!missing) return null
  for (const part of parts) {
    const at =
      part.kind === 'cell'
        ? part.source.split('\n').findIndex((text) => text.includes(basename(missing)))
        : -1
    if (part.kind === 'cell' && at >= 0) return part.fromLine + at
  }
  return null
}

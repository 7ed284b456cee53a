import { build } from 'esbuild'
import { assert } from '../base/assert.ts'

/**
 * A page's script as one file for the browser, made of a TypeScript source and all that it imports, npm packages included. Takes some
 * tens of milliseconds, so it is done when the page is asked for and no build step is needed.
 * @param entry absolute path of the source. It may reach no module of Node's.
 * @throws Error of esbuild, with file and line, where it does.
 */
export async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
  })
  const [file] = outputFiles
  assert(file, `esbuild made nothing of ${entry}`)
  return file.text
}

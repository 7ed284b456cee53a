import { UserError } from '../base/errors.ts'
import { MOST_YAML_BYTES, parseYaml } from '../base/parseYaml.ts'
import { readTextFile } from '../base/readText.ts'
import { type Imported, importAutoscaler } from './hpaImport.ts'
import type { MetricKind } from './hpaYaml.ts'
import { importScaledObject } from './kedaYaml.ts'
import { type Fields, fieldsOf, rowsOf } from './manifest.ts'

/**
 * The policy of the one autoscaler in a YAML file.
 * @param as what metrics with a name are, where the user has said so.
 * @throws UserError with the file and the place in it.
 */
export async function readAutoscaler(file: string, as: MetricKind | null): Promise<Imported> {
  const documents = await parseYaml(readTextFile(file, { mostBytes: MOST_YAML_BYTES }), file)
  try {
    const manifest = onlyAutoscaler(documents)
    return manifest.kind === 'ScaledObject'
      ? importScaledObject(manifest, as)
      : importAutoscaler(manifest, as)
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${file}: ${error.message}`, { cause: error })
    throw error
  }
}

/** Among the file's documents and the items of its lists. */
function onlyAutoscaler(documents: readonly unknown[]): Fields {
  const found = documents
    .map((document, i) => fieldsOf(document, `document ${i + 1}`))
    .flatMap((document) => (document.kind === 'List' ? (rowsOf(document.items, 'items') ?? []) : [document]))
    .map((item, i) => fieldsOf(item, `items[${i}]`))
    .filter(({ kind }) => kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject')
  if (found.length === 1) return found[0]!
  throw new UserError(
    `it holds ${found.length === 0 ? 'no' : found.length} autoscalers, expected one of kind HorizontalPodAutoscaler or ScaledObject`,
  )
}

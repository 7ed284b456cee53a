import { fileURLToPath } from 'node:url'
import { environmentLacks } from '../base/errors.ts'
import type { ReportDocument } from './document.ts'
import { drawingPath, typstSource } from './typst.ts'

const FONT_FILES = [
  '400Regular/Inter_400Regular',
  '400Regular_Italic/Inter_400Regular_Italic',
  '600SemiBold/Inter_600SemiBold',
]

/**
 * The document as PDF, the same pages on every machine: fonts come with the packages, and no date is written. The bytes may differ in
 * the order in which the typesetter numbers the opacities of a drawing.
 * @param drawings SVG text of each figure, by its id.
 */
export async function renderPdf(
  document: ReportDocument,
  drawings: ReadonlyMap<string, string>,
): Promise<Buffer> {
  const { NodeCompiler } = await loadTypst()
  const fontPaths = FONT_FILES.map((name) =>
    fileURLToPath(import.meta.resolve(`@expo-google-fonts/inter/${name}.ttf`)),
  )
  const compiler = NodeCompiler.create({ fontArgs: [{ fontPaths }], workspace: '/' })
  for (const [id, svg] of drawings) compiler.mapShadow(drawingPath(id), Buffer.from(svg))
  const compiled = compiler.compile({ mainFileContent: typstSource(document) })
  const failure = compiled.takeError() ?? compiled.takeDiagnostics()
  if (failure || !compiled.result)
    throw new Error(
      `the report's Typst source does not compile: ${JSON.stringify(failure?.shortDiagnostics)}`,
    )
  return compiler.pdf(compiled.result, { creationTimestamp: 0 })
}

async function loadTypst() {
  try {
    return await import('@myriaddreamin/typst-ts-node-compiler')
  } catch (error) {
    throw environmentLacks(
      'the typesetter for the PDF has no build for this machine',
      'write the report as .html (-o report.html) and print that page',
      error,
    )
  }
}

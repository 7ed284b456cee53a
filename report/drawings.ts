import { renderSvg } from '../plots/index.ts'
import type { Figure, ReportDocument } from './document.ts'
import { blocksOf } from './document.ts'

/** SVG text of every figure of a document, by its id: drawn once, whatever is written with it. */
export async function drawingsOf(document: ReportDocument): Promise<Map<string, string>> {
  const figures = blocksOf(document).filter((block): block is Figure => block.kind === 'figure')
  const drawn = new Map<string, string>()
  for (const { id, drawing, description } of figures) {
    const svg = drawing.kind === 'svg' ? drawing.svg : await renderSvg(drawing.picture)
    drawn.set(id, described(svg, description))
  }
  return drawn
}

/** Inside a page a screen reader tells what it shows; Vega has said it already where the picture has a description. */
function described(svg: string, description: string): string {
  if (/^<svg[^>]* role=/.test(svg)) return svg
  const text = description.replace(/[&<>"]/g, ' ')
  return svg.replace('<svg ', `<svg role="img" aria-label="${text}" `)
}

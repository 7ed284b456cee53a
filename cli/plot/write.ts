import { readFile, rename, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { badInput } from '../../base/errors.ts'
import type { Picture } from '../../plots/index.ts'

export const FORMATS = ['svg', 'png', 'html'] as const
export type Format = (typeof FORMATS)[number]

/** The format that was asked for, or else that of the path's ending, or SVG. @throws UserError where the two differ, or the ending is none. */
export function formatFor({ format, out }: { format?: Format; out?: string }): Format {
  if (out === undefined) return format ?? 'svg'
  const ending = extname(out).slice(1).toLowerCase()
  const known = FORMATS.find((one) => one === ending)
  if (format === undefined && known === undefined)
    throw badInput({
      place: '--out',
      value: out,
      expected: 'a path that ends in .svg, .png or .html',
      remedy: 'Or say --format',
    })
  if (format !== undefined && known !== undefined && format !== known)
    throw badInput({ place: '--format', value: format, expected: `${known}, as --out ${out} ends` })
  return format ?? known!
}

/** Writes a picture in a format; a reader never sees half a file. */
export async function writePlot(picture: Picture, path: string, format: Format): Promise<void> {
  const { renderPng, renderSvg } = await import('../../plots/index.ts')
  const draw = { svg: renderSvg, png: renderPng, html: renderHtml }[format]
  const part = `${path}.part`
  await writeFile(part, await draw(picture))
  await rename(part, path)
}

const PAGE_SCRIPT = join(import.meta.dirname, '..', '..', 'plots', 'page', 'chart.ts')

async function renderHtml(picture: Picture): Promise<string> {
  const [{ fontFiles, htmlPage }, { bundle }] = await Promise.all([
    import('../../plots/index.ts'),
    import('../../ui/bundle.ts'),
  ])
  const fonts = fontFiles().map(async ({ weight, path: file }) => ({
    weight,
    base64: await readFile(file, 'base64'),
  }))
  return htmlPage(picture, { script: await bundle(PAGE_SCRIPT), fonts: await Promise.all(fonts) })
}

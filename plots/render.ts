import { rename, writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { badInput } from '../base/errors.ts'
import { escaped } from './escape.ts'
import { textWidthPx } from './textWidth.ts'
import { type Picture, THEME } from './theme.ts'

const FONTS = [
  { weight: 400, name: '400Regular/Inter_400Regular' },
  { weight: 600, name: '600SemiBold/Inter_600SemiBold' },
]

/** Absolute paths of the fonts that texts were measured with. */
export const fontFiles = () =>
  FONTS.map(({ weight, name }) => ({
    weight,
    path: fileURLToPath(import.meta.resolve(`@expo-google-fonts/inter/${name}.ttf`)),
  }))

/** Vega is slow to load: only a command that draws pays for it. */
const loadVega = () => Promise.all([import('vega'), import('vega-lite')])

/** The Vega-Lite compiler under THEME; `warn` gets what it says about the specification. */
export async function compilePicture(spec: Picture, warn: (text: string) => void = () => {}) {
  const [, vegaLite] = await loadVega()
  return vegaLite.compile(spec, { config: THEME, logger: loggerTo(warn) }).spec
}

/** The picture as SVG text; it names the font Inter and falls back to what the reader has. */
export async function renderSvg(spec: Picture): Promise<string> {
  const [vega] = await loadVega()
  measureTextAsInter(vega)
  const view = new vega.View(vega.parse(await compilePicture(spec)), { renderer: 'none' })
  try {
    return described(await view.toSVG(), spec)
  } finally {
    view.finalize()
  }
}

/** One image with its description, for who cannot see it. */
function described(svg: string, { description }: Picture): string {
  return description === undefined
    ? svg
    : svg.replace('<svg ', () => `<svg role="img" aria-label="${escaped(description)}" `)
}

/** The picture as PNG, `scale` px a px of the specification, with the fonts of the package: the same on every machine. */
export async function renderPng(spec: Picture, { scale = 2 }: { scale?: number } = {}): Promise<Buffer> {
  const { Resvg } = await import('@resvg/resvg-js')
  const svg = await renderSvg(spec)
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    font: {
      fontFiles: fontFiles().map(({ path }) => path),
      loadSystemFonts: false,
      defaultFontFamily: 'Inter',
      sansSerifFamily: 'Inter',
    },
  })
  return image.render().asPng()
}

/** Writes .svg or .png by the path's extension; a reader never sees half a file. */
export async function writePicture(
  spec: Picture,
  path: string,
  options: { scale?: number } = {},
): Promise<void> {
  const draw = { '.svg': renderSvg, '.png': (picture: Picture) => renderPng(picture, options) }[
    extname(path).toLowerCase()
  ]
  if (!draw)
    throw badInput({ place: 'the picture', value: path, expected: 'a path that ends in .svg or .png' })
  const part = `${path}.part`
  await writeFile(part, await draw(spec))
  await rename(part, path)
}

/** Vega asks this hook for every text; without it titles, legends and cut labels go by a coarse estimate. */
function measureTextAsInter(vega: typeof import('vega')): void {
  const { textMetrics } = vega as unknown as {
    textMetrics: { width: (item: TextItem, text: string) => number }
  }
  textMetrics.width = (item, text) =>
    textWidthPx(String(text), { fontSizePx: item.fontSize ?? 11, bold: Number(item.fontWeight) >= 600 })
}

interface TextItem {
  fontSize?: number
  fontWeight?: number | string
}

function loggerTo(warn: (text: string) => void) {
  const say = (...texts: readonly unknown[]) => {
    warn(texts.join(' '))
    return logger
  }
  const quiet = () => logger
  const logger = { level: quiet, error: say, warn: say, info: quiet, debug: quiet } as never
  return logger
}

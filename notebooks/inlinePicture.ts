import { escaped } from '../plots/escape.ts'
import { darkened } from '../plots/recolour.ts'
import { renderSvg } from '../plots/render.ts'
import { COLOURS, type Picture, SEQUENCE } from '../plots/theme.ts'

const THEMED: readonly string[] = [...new Set([...Object.values(COLOURS), ...SEQUENCE])].filter(
  (colour) => darkened(colour) !== colour,
)
/** The custom property that stands for a colour of the theme. */
const nameOf = (colour: string) => `--c${colour.slice(1)}`
const declared = (of: (colour: string) => string) =>
  THEMED.map((colour) => `${nameOf(colour)}: ${of(colour)};`).join(' ')

/** For the page's style: each colour of the theme as a custom property, light and dark. */
export const LIGHT_COLOURS = declared((colour) => colour)
export const DARK_COLOURS = declared((colour) => darkened(colour))

/**
 * A picture as a figure within a page: its colours follow the page's from light to dark, and its identifiers are its own.
 * @param prefix of the identifiers, another for each picture of the page.
 */
export async function inlinePicture(picture: Picture, prefix: string): Promise<string> {
  const svg = await renderSvg(picture)
  const label = escaped(String(picture.description ?? 'picture'))
  return `<figure><div class="picture" tabindex="0" role="img" aria-label="${label}">${withOwnIds(themed(bare(svg)), prefix)}</div></figure>`
}

/** Without its ground, without what only a pointer would need (unseen marks for hovering and their texts), and to a hundredth of a px. */
function bare(svg: string): string {
  return svg
    .replace(/<path [^>]*fill-opacity="0"[^>]*\/>/g, '')
    .replace(/<rect width="[^"]*" height="[^"]*" fill="[^"]*"\/>/, '')
    .replace(/ (aria-label|aria-roledescription|role|aria-hidden|pointer-events)="[^"]*"/g, '')
    .replace(/ (?:d|transform)="[^"]*"/g, (attribute) => attribute.replace(/\d+\.\d{3,}/g, hundredths))
}

const hundredths = (px: string) => String(Number(Number(px).toFixed(2)))

const themed = (svg: string) =>
  svg.replace(/(fill|stroke)="(#[0-9a-f]{6})"/g, (whole, attribute: string, colour: string) =>
    THEMED.includes(colour) ? `${attribute}="var(${nameOf(colour)})"` : whole,
  )

/** Vega counts its identifiers over the life of the process. */
function withOwnIds(svg: string, prefix: string): string {
  const ids = [...new Set([...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!))]
  return ids.reduce(
    (text, id, i) =>
      text
        .replaceAll(` id="${id}"`, ` id="${prefix}-${i}"`)
        .replaceAll(`url(#${id})`, `url(#${prefix}-${i})`),
    svg,
  )
}

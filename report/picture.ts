import type { Picture } from '../plots/index.ts'
import type { Figure, Inline } from './document.ts'

/** A picture as a figure: its title and subtitle become the caption, where the document numbers them. */
export function figureOf(id: string, picture: Picture, more: readonly Inline[] = []): Figure {
  const { title, subtitle } = headingOf(picture)
  const { title: _, ...untitled } = picture
  const said = [title, subtitle].filter((text) => text !== '').map(sentence)
  return {
    kind: 'figure',
    id,
    caption: [said.join(' '), ...more],
    description: picture.description ?? title,
    drawing: { kind: 'picture', picture: untitled as Picture },
  }
}

/** A stack of panels, each `share` as high and nearer to the next, so that a page has room for more. */
export function lower(picture: Picture, share: number): Picture {
  return { ...(lowered(picture, share) as Picture), spacing: SPACING_PX } as Picture
}

const SPACING_PX = 13

function lowered(part: object, share: number): object {
  const inside = Object.fromEntries(
    (['vconcat', 'hconcat'] as const).flatMap((name) => {
      const parts = (part as Record<string, unknown>)[name]
      return Array.isArray(parts) ? [[name, parts.map((one: object) => lowered(one, share))]] : []
    }),
  )
  const { height } = part as { height?: unknown }
  const isPanel = typeof height === 'number' && height >= LEAST_PX
  return { ...part, ...inside, ...(isPanel && { height: Math.round(height * share) }) }
}

/** What is lower is a key, not a panel. */
const LEAST_PX = 60

function headingOf({ title }: Picture): { title: string; subtitle: string } {
  const text = (value: unknown) => (Array.isArray(value) ? value.join(' ') : String(value ?? ''))
  if (typeof title !== 'object' || title === null || Array.isArray(title))
    return { title: text(title), subtitle: '' }
  const heading = title as { text?: unknown; subtitle?: unknown }
  return { title: text(heading.text), subtitle: text(heading.subtitle) }
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`)

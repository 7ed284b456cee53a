import type { Picture } from '../plots/index.ts'

/** A piece of a line. A string is plain text. */
export type Inline =
  | string
  | { kind: 'code'; text: string }
  | { kind: 'emphasis' | 'strong'; children: readonly Inline[] }
  | { kind: 'link'; href: string; children: readonly Inline[] }
  /** "Figure 3", "Table 2", "Section 4": of the figure, table, listing or heading with that id. */
  | { kind: 'ref'; id: string }

export type Line = readonly Inline[]

/** What a figure shows: a Vega-Lite specification, or SVG text. */
export type Drawing = { kind: 'picture'; picture: Picture } | { kind: 'svg'; svg: string }

export interface Figure {
  kind: 'figure'
  /** Unique in the document, a to z, 0 to 9 and hyphens. */
  id: string
  caption: Line
  /** What it shows, for who cannot see it. */
  description: string
  drawing: Drawing
  /** Set where it must not wander to another page: one of a row of alike figures. */
  stays?: boolean
}

export interface Table {
  kind: 'table'
  id: string
  caption: Line
  head: readonly string[]
  rows: readonly (readonly string[])[]
  /** The columns of words, which stand left; all others are numbers, and stand right. */
  words: readonly number[]
  /** The column of words that takes the room that is left; absent where all take what they need. */
  flexible?: number
  /** Set for one with many columns: it is set smaller. */
  dense?: boolean
}

export interface Listing {
  kind: 'listing'
  id: string
  caption: Line
  code: string
}

export type Block =
  | { kind: 'heading'; level: 2 | 3; id: string; text: string }
  | { kind: 'paragraph'; line: Line }
  | { kind: 'list'; ordered: boolean; items: readonly Line[] }
  /** Code without a number. */
  | { kind: 'code'; code: string }
  | Figure
  | Table
  | Listing

export interface Section {
  id: string
  title: string
  blocks: readonly Block[]
}

export interface Author {
  name: string
  affiliation?: string
  email?: string
  contributions: readonly string[]
}

/** The whole report as plain data: the renderers (typst.ts, html.ts) add nothing but form. */
export interface ReportDocument {
  title: string
  authors: readonly Author[]
  abstract: readonly Block[]
  sections: readonly Section[]
}

export const paragraph = (...line: Inline[]): Block => ({ kind: 'paragraph', line })
export const code = (text: string): Inline => ({ kind: 'code', text })
export const strong = (...children: Inline[]): Inline => ({ kind: 'strong', children })
export const ref = (id: string): Inline => ({ kind: 'ref', id })
export const bullets = (...items: Line[]): Block => ({ kind: 'list', ordered: false, items })

/** `a`, `a and b`, `a, b and c`, as pieces of a line. */
export function listed(items: readonly Inline[]): Inline[] {
  return items.flatMap((item, i): Inline[] =>
    i === 0 ? [item] : [i === items.length - 1 ? ' and ' : ', ', item],
  )
}

/** A name that may stand in an id: lower case, words joined by hyphens. */
export const idOf = (...parts: string[]): string =>
  parts
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')

/** The blocks of the abstract and of every section, in order. */
export const blocksOf = ({ abstract, sections }: ReportDocument): Block[] => [
  ...abstract,
  ...sections.flatMap(({ blocks }) => blocks),
]

/** The text of a line without its form. */
export function plainText(line: Line): string {
  return line
    .map((piece) => {
      if (typeof piece === 'string') return piece
      if (piece.kind === 'code') return piece.text
      return piece.kind === 'ref' ? '' : plainText(piece.children)
    })
    .join('')
}

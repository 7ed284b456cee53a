import { assert } from '../base/assert.ts'
import type { Author, Block, Figure, Inline, Line, ReportDocument, Section, Table } from './document.ts'

/** Where the source looks for the drawing of a figure. */
export const drawingPath = (id: string) => `/figures/${id}.svg`

/**
 * The document as Typst source. Every text goes in as a string literal, in which only the backslash and the quotation mark mean anything: so no
 * name can become markup, whatever characters it has.
 */
export function typstSource(document: ReportDocument): string {
  const { title, authors, abstract, sections } = document
  return [
    style(document),
    `#align(center)[#text(size: 19pt, weight: 600, hyphenate: false)[${literal(title)}]]`,
    ...(authors.length > 0 ? [authorsLine(authors)] : []),
    '#v(6pt)',
    ...(abstract.length > 0
      ? [
          `#pad(x: 1.2cm)[#set text(size: 9.5pt)\n#strong[Abstract.] ${abstract.map(blockSource).join('\n\n')}\n]`,
        ]
      : []),
    contents(sections),
    ...sections.map(sectionSource),
    '',
  ].join('\n\n')
}

/** In two columns, which balance only where their height is given. */
function contents(sections: readonly Section[]): string {
  const inside = sections.map(
    ({ blocks }) => blocks.filter((block) => block.kind === 'heading' && block.level === 2).length,
  )
  const heightPt = inside.reduce((sum, entries) => sum + SECTION_PT + entries * SUBSECTION_PT, SECTION_PT)
  return `#v(2pt)
#block(stroke: (top: 0.5pt + rule, bottom: 0.5pt + rule), inset: (y: 8pt), width: 100%)[#block(height: ${Math.ceil(heightPt / 2) + SECTION_PT}pt)[#columns(2, gutter: 18pt)[#outline(title: none, depth: 2)]]]`
}

/** Height of an entry of the contents. */
const SECTION_PT = 13.5
const SUBSECTION_PT = 11

/** Longer tables may go on on the next page. */
const MOST_ROWS_ON_A_PAGE = 24

/** One page layout, so that a report looks the same whatever is in it. */
function style({ title, authors }: ReportDocument): string {
  const names = authors.map(({ name }) => string(name)).join(', ')
  return `#let rule = rgb("#8c8c8c")
#let muted = rgb("#5f6368")
#set document(title: ${string(title)}, author: (${names}${authors.length === 1 ? ',' : ''}), date: none)
#set page(paper: "a4", margin: (x: 2.2cm, top: 2.3cm, bottom: 2.2cm), numbering: "1",
  header: context { if counter(page).get().first() > 1 [#text(size: 8pt, fill: muted)[${literal(title)}]] },
  footer: context align(center, text(size: 8pt, fill: muted)[#counter(page).display("1 / 1", both: true)]))
#set text(font: "Libertinus Serif", size: 10.5pt, lang: "en", hyphenate: true)
#set par(justify: true, leading: 0.62em, spacing: 0.95em)
#set heading(numbering: "1.1")
#show heading: set text(font: "Inter", weight: 600, hyphenate: false)
#show heading: set par(justify: false)
#show heading.where(level: 1): set text(size: 14pt)
#show heading.where(level: 2): set text(size: 11pt)
#show heading.where(level: 3): set text(size: 10pt)
#show heading.where(level: 3): set heading(numbering: none, outlined: false)
#show heading.where(level: 1): set block(above: 1.7em, below: 0.8em)
#show heading.where(level: 2): set block(above: 1.4em, below: 0.7em)
#show raw: set text(font: "DejaVu Sans Mono", size: 0.86em)
#show link: set text(fill: rgb("#00558a"))
#show outline.entry: set text(size: 9pt)
#show outline.entry.where(level: 1): set block(above: 0.62em)
#show outline.entry.where(level: 2): set block(above: 0.42em)
#set figure(gap: 0.7em)
#set figure.caption(separator: [. ])
#show figure.caption: it => block(width: 100%, align(left, text(size: 9pt, hyphenate: false)[#set par(justify: false, leading: 0.55em)
  #text(font: "Inter", weight: 600, size: 8pt)[#it.supplement #context it.counter.display(it.numbering).] #it.body]))
#show figure.where(kind: table): set figure.caption(position: top)
#show figure.where(kind: "listing"): set figure.caption(position: top)
#show figure: set block(above: 1.5em, below: 1.5em)
#show table.cell: set text(font: "Inter", size: 7.6pt, hyphenate: false)
#show table.cell: set par(justify: false, leading: 0.5em)
#show table.cell.where(y: 0): set text(weight: 600)
#set table(stroke: none, inset: (x: 3.5pt, y: 3pt))
#let drawing(path, alt) = layout(size => {
  let natural = measure(image(path)).width
  image(path, width: calc.min(size.width, 0.85 * natural), alt: alt)
})
#let listing(body) = block(width: 100%, inset: (x: 9pt, y: 7pt), stroke: (left: 1.5pt + rule), fill: rgb("#f6f6f6"), align(left, body))`
}

function authorsLine(authors: readonly Author[]): string {
  const cells = authors.map(({ name, affiliation, email }) => {
    const more = [affiliation, email].flatMap((text) =>
      text ? [`#text(size: 8.5pt, fill: muted)[${literal(text)}]`] : [],
    )
    return `[${[literal(name), ...more].join('\\\n')}]`
  })
  const columns = Math.min(3, cells.length)
  return `#align(center, grid(columns: ${columns}, column-gutter: 24pt, row-gutter: 10pt, ${cells.join(', ')}))`
}

function sectionSource({ id, title, blocks }: Section): string {
  return [`= ${literal(title)} <${label(id)}>`, ...blocks.map(blockSource)].join('\n\n')
}

function blockSource(block: Block): string {
  if (block.kind === 'heading')
    return `${'='.repeat(block.level)} ${literal(block.text)} <${label(block.id)}>`
  if (block.kind === 'paragraph') return lineSource(block.line)
  if (block.kind === 'list') return listSource(block.ordered, block.items)
  if (block.kind === 'code') return listingBody(block.code)
  if (block.kind === 'figure') return figureSource(block)
  if (block.kind === 'table') return tableSource(block)
  return figureOf({
    body: listingBody(block.code),
    kind: '"listing"',
    name: 'Listing',
    id: block.id,
    caption: block.caption,
  })
}

const listingBody = (code: string) => `#listing(raw(${string(code)}, block: true))`

function listSource(ordered: boolean, items: readonly Line[]): string {
  const cells = items.map((item) => `[${lineSource(item)}]`).join(', ')
  return `#${ordered ? 'enum' : 'list'}(${cells})`
}

const figureSource = ({ id, caption, description, stays }: Figure) =>
  figureOf({
    body: `#drawing(${string(drawingPath(id))}, ${string(description)})`,
    kind: 'image',
    name: 'Figure',
    more: stays ? '' : 'placement: auto, ',
    id,
    caption,
  })

function figureOf({
  body,
  kind,
  name,
  id,
  caption,
  more = '',
}: {
  body: string
  kind: string
  name: string
  id: string
  caption: Line
  /** Further arguments, each with its comma. */
  more?: string
}): string {
  return `#figure(${more}kind: ${kind}, supplement: [${name}], caption: [${lineSource(caption)}])[${body}] <${label(id)}>`
}

function tableSource({ id, caption, head, rows, words, flexible, dense }: Table): string {
  assert(
    rows.every((row) => row.length === head.length),
    `each row of ${id} has ${head.length} cells`,
  )
  const aligns = head.map((_, i) => (words.includes(i) ? 'left' : 'right'))
  const widths = head.map((_, i) => (i === flexible ? '1fr' : 'auto'))
  const cells = (texts: readonly string[]) => texts.map((text) => `[${literal(breakable(text))}]`).join(', ')
  const table = `#table(columns: (${widths.join(', ')}), align: (${aligns.join(', ')}),
  table.hline(stroke: 0.8pt), table.header(${cells(head)}), table.hline(stroke: 0.4pt),
  ${rows.map(cells).join(',\n  ')}, table.hline(stroke: 0.8pt))`
  const body = dense
    ? `#[#show table.cell: set text(size: 6.6pt)\n#set table(inset: (x: 2.6pt, y: 2.6pt))\n${table}]`
    : table
  const source = figureOf({ body, kind: 'table', name: 'Table', id, caption })
  return rows.length > MOST_ROWS_ON_A_PAGE ? `#[#show figure: set block(breakable: true)\n${source}]` : source
}

const lineSource = (line: Line): string => line.map(pieceSource).join('')

function pieceSource(piece: Inline): string {
  if (typeof piece === 'string') return literal(piece)
  if (piece.kind === 'code') return `#raw(${string(piece.text)});`
  if (piece.kind === 'ref') return `#ref(<${label(piece.id)}>);`
  if (piece.kind === 'link') return `#link(${string(piece.href)})[${lineSource(piece.children)}];`
  const mark = piece.kind === 'emphasis' ? 'emph' : 'strong'
  return `#${mark}[${lineSource(piece.children)}];`
}

/** A text as content that cannot be anything else. */
const literal = (text: string) => (text === '' ? '' : `#${string(text)};`)

/** In a Typst string only \ and " are special; control characters could not be written otherwise. */
function string(text: string): string {
  const escaped = text.replace(
    /[\\"\p{Cc}]/gu,
    (character) =>
      ({ '\\': '\\\\', '"': '\\"', '\n': '\\n', '\t': '\\t' })[character] ??
      `\\u{${character.codePointAt(0)!.toString(16)}}`,
  )
  return `"${escaped}"`
}

/** A cell's long words may break behind their signs. */
const breakable = (text: string) => text.replace(/([=/_|:])(?=\S)/g, '$1\u200b')

function label(id: string): string {
  assert(/^[a-z0-9-]+$/.test(id), `the id ${id} is of letters, digits and hyphens`)
  return id
}

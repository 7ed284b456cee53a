import { darkened } from '../plots/recolour.ts'
import { COLOURS, FONT } from '../plots/theme.ts'
import type { Author, Block, Inline, Line, ReportDocument, Section } from './document.ts'
import { type Numbers, numbersOf } from './numbering.ts'

/**
 * The document as one page that needs nothing else: no script, no font, no picture from elsewhere. Light or dark as the
 * reader's system is, to be read on a telephone, and to be printed.
 * @param drawings SVG text of each figure, by its id.
 */
export function renderHtml(document: ReportDocument, drawings: ReadonlyMap<string, string>): string {
  const numbers = numbersOf(document)
  const block = (one: Block) => blockHtml(one, { numbers, drawings })
  const { title, authors, abstract, sections } = document
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}${darkDrawings([...drawings.values()])}</style>
</head>
<body>
<main>
<header>
<h1>${escaped(title)}</h1>
${authors.map(authorHtml).join('\n')}
${abstract.length > 0 ? `<div class="abstract"><h2>Abstract</h2>\n${abstract.map(block).join('\n')}</div>` : ''}
</header>
${contents(sections, numbers)}
${sections.map((section) => sectionHtml(section, numbers, block)).join('\n')}
</main>
</body>
</html>
`
}

const STYLE = `
:root { color-scheme: light dark; --text: ${COLOURS.text}; --muted: ${COLOURS.muted}; --ground: ${COLOURS.background}; --line: ${COLOURS.grid}; --code: #f4f4f4; --link: #00558a; }
@media (prefers-color-scheme: dark) { :root { --text: ${darkened(COLOURS.measured)}; --muted: ${darkened(COLOURS.muted)}; --ground: ${darkened(COLOURS.background)}; --line: ${darkened(COLOURS.grid)}; --code: #22262a; --link: ${darkened(COLOURS.predicted)}; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.55 ${FONT}; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: break-word; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 1rem 0 0.8rem; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 2.6rem 0 0.6rem; }
h3 { font-size: 1.05rem; margin: 1.8rem 0 0.4rem; }
h4 { font-size: 0.95rem; margin: 1.4rem 0 0.3rem; }
p, ul, ol { margin: 0.7rem 0; }
li { margin: 0.25rem 0; }
a { color: var(--link); }
code, pre { font: 0.86em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { background: var(--code); padding: 0.7rem 0.9rem; margin: 0.7rem 0; overflow-x: auto; border-left: 2px solid ${COLOURS.axis}; }
.author { margin: 0 0 0.4rem; } .author span { color: var(--muted); }
.abstract { margin: 1.2rem 0; padding-left: 1rem; border-left: 2px solid ${COLOURS.axis}; } .abstract h2 { font-size: 1rem; margin: 0; }
nav { border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); padding: 0.6rem 0; margin: 1.4rem 0; font-size: 0.92rem; columns: 18rem; }
nav ol { list-style: none; margin: 0; padding: 0; } nav ol ol { padding-left: 1.4rem; } nav li { break-inside: avoid; } nav a { text-decoration: none; }
figure { margin: 1.6rem 0; }
figcaption { font-size: 0.87rem; line-height: 1.45; color: var(--muted); margin: 0.5rem 0; } figcaption b { color: var(--text); }
figure svg { display: block; max-width: 100%; height: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.82rem; line-height: 1.35; font-variant-numeric: tabular-nums; border-top: 2px solid ${COLOURS.axis}; border-bottom: 2px solid ${COLOURS.axis}; min-width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.9rem 0.25rem 0; border-bottom: 1px solid var(--line); }
th { vertical-align: bottom; } .number { text-align: right; white-space: nowrap; padding: 0.25rem 0.4rem; }
td:first-child { min-width: 7.5em; }
@media screen and (max-width: 36rem) { figure svg { width: 36rem; max-width: none; } }
@media print { body { font-size: 10.5pt; background: #fff; color: #000; } main { max-width: none; padding: 0; } figure { break-inside: avoid; } h2, h3 { break-after: avoid; } .wide { overflow: visible; } figure svg { min-width: 0; } a { color: inherit; } }
`

/** The theme's colours in drawings, exchanged where the reader's system is dark; what has no colour is black. */
function darkDrawings(drawings: readonly string[]): string {
  const used = new Set(drawings.flatMap((svg) => svg.match(/(?<=(?:fill|stroke)=")#[0-9a-f]{6}(?=")/g) ?? []))
  const rules = [...used].sort().flatMap((colour) => {
    const dark = darkened(colour === COLOURS.text ? COLOURS.measured : colour)
    return dark === colour
      ? []
      : [`figure svg [fill="${colour}"]{fill:${dark}} figure svg [stroke="${colour}"]{stroke:${dark}}`]
  })
  return `@media screen and (prefers-color-scheme: dark) {\n${rules.join('\n')}\n}\n`
}

function authorHtml({ name, affiliation, email }: Author): string {
  const more = [affiliation, email].flatMap((text) => (text ? [escaped(text)] : []))
  return `<p class="author"><strong>${escaped(name)}</strong> <span>${more.join(', ')}</span></p>`
}

function contents(sections: readonly Section[], numbers: Numbers): string {
  const entry = (id: string, text: string) => `<a href="#${id}">${numberOf(numbers, id)} ${escaped(text)}</a>`
  const items = sections.map(({ id, title, blocks }) => {
    const inside = blocks.flatMap((block) =>
      block.kind === 'heading' && block.level === 2 ? [`<li>${entry(block.id, block.text)}</li>`] : [],
    )
    return `<li>${entry(id, title)}${inside.length > 0 ? `<ol>${inside.join('')}</ol>` : ''}</li>`
  })
  return `<nav aria-label="Contents"><ol>${items.join('\n')}</ol></nav>`
}

function sectionHtml(
  { id, title, blocks }: Section,
  numbers: Numbers,
  block: (one: Block) => string,
): string {
  return `<section id="${id}">\n<h2>${numberOf(numbers, id)} ${escaped(title)}</h2>\n${blocks.map(block).join('\n')}\n</section>`
}

/** "Section 4.2" without its first word. */
const numberOf = (numbers: Numbers, id: string) => numbers.get(id)!.replace('Section ', '')

interface Context {
  numbers: Numbers
  drawings: ReadonlyMap<string, string>
}

function blockHtml(block: Block, { numbers, drawings }: Context): string {
  const line = (one: Line) => lineHtml(one, numbers)
  if (block.kind === 'heading') {
    const tag = block.level === 2 ? 'h3' : 'h4'
    const number = block.level === 2 ? `${numberOf(numbers, block.id)} ` : ''
    return `<${tag} id="${block.id}">${number}${escaped(block.text)}</${tag}>`
  }
  if (block.kind === 'paragraph') return `<p>${line(block.line)}</p>`
  if (block.kind === 'list') {
    const tag = block.ordered ? 'ol' : 'ul'
    return `<${tag}>${block.items.map((item) => `<li>${line(item)}</li>`).join('\n')}</${tag}>`
  }
  if (block.kind === 'code') return `<pre><code>${escaped(block.code)}</code></pre>`
  const caption = `<figcaption><b>${numbers.get(block.id)}.</b> ${line(block.caption)}</figcaption>`
  const body = {
    figure: () => `<div class="wide">${drawings.get(block.id) ?? ''}</div>${caption}`,
    table: () => `${caption}<div class="wide">${block.kind === 'table' ? tableHtml(block) : ''}</div>`,
    listing: () => `${caption}<pre><code>${block.kind === 'listing' ? escaped(block.code) : ''}</code></pre>`,
  }[block.kind]()
  return `<figure id="${block.id}">${body}</figure>`
}

function tableHtml({ head, rows, words }: Extract<Block, { kind: 'table' }>): string {
  const cells = (tag: string, texts: readonly string[]) =>
    `<tr>${texts.map((text, i) => `<${tag}${words.includes(i) ? '' : ' class="number"'}>${escaped(text)}</${tag}>`).join('')}</tr>`
  return `<table><thead>${cells('th', head)}</thead><tbody>${rows.map((row) => cells('td', row)).join('\n')}</tbody></table>`
}

const lineHtml = (line: Line, numbers: Numbers): string =>
  line.map((piece) => pieceHtml(piece, numbers)).join('')

function pieceHtml(piece: Inline, numbers: Numbers): string {
  if (typeof piece === 'string') return escaped(piece)
  if (piece.kind === 'code') return `<code>${escaped(piece.text)}</code>`
  if (piece.kind === 'ref') return `<a href="#${piece.id}">${numbers.get(piece.id)}</a>`
  const inside = lineHtml(piece.children, numbers)
  if (piece.kind === 'link') return `<a href="${escaped(piece.href)}">${inside}</a>`
  const tag = piece.kind === 'emphasis' ? 'em' : 'strong'
  return `<${tag}>${inside}</${tag}>`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => ENTITIES[character]!)

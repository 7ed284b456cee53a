import hljs from 'highlight.js/lib/core'
import typescript from 'highlight.js/lib/languages/typescript'
import { marked } from 'marked'
import { escaped } from '../plots/escape.ts'
import { inlinePicture } from './inlinePicture.ts'
import type { Notebook, Part, ProseLine } from './notebook.ts'
import type { Output, Shown, TableRow } from './output.ts'
import { STYLE } from './style.ts'

hljs.registerLanguage('typescript', typescript)

/** A page of the set: what it is called, and where it is. */
export interface PageLink {
  title: string
  href: string
}

/** Marks that no text has, around the number of a value, until the Markdown has become HTML. */
const [OPEN, CLOSE] = ['\uE000', '\uE001']
const MARKS = new RegExp(`${OPEN}(\\d+)${CLOSE}`, 'g')

/**
 * A notebook that was executed, as one page: no script, and nothing that is loaded from elsewhere.
 * @param next the page after it; null for the last one.
 */
export async function notebookPage(
  notebook: Notebook,
  output: Output,
  next: PageLink | null,
): Promise<string> {
  let values = 0
  let pictures = 0
  const prose = (lines: readonly ProseLine[]) =>
    lines
      .map(({ texts }) =>
        texts.map((text, i) => (i === 0 ? text : `${OPEN}${values++}${CLOSE}${text}`)).join(''),
      )
      .join('\n')
  const parts: string[] = []
  for (const part of notebook.parts) {
    if (part.kind === 'prose') parts.push(withValues(await marked.parse(prose(part.lines)), output.values))
    else parts.push(await cellHtml(part, output.shown.get(part.number) ?? [], () => `p${++pictures}`))
  }
  const links = [
    '<a href="index.html">All notebooks</a>',
    ...(next ? [`<a href="${escaped(next.href)}">Next: ${escaped(next.title)}</a>`] : []),
  ]
  const nav = `<nav>${links.join('\n')}</nav>`
  return pageHtml(notebook.title, `${nav}\n${parts.join('\n')}\n${nav}`)
}

/** The table of contents. */
export async function indexPage(pages: readonly (PageLink & { question: string })[]): Promise<string> {
  const entries = await Promise.all(
    pages.map(
      async ({ title, href, question }) =>
        `<li><a href="${escaped(href)}">${escaped(title)}</a>${await marked.parse(question.replace(/^\*\*Question\.\*\* /, ''))}</li>`,
    ),
  )
  const intro =
    'Each is a story with its data: prose, the code that was run for it, and what came out. Every number in them was computed when they were built.'
  return pageHtml(
    'ScaleTwin: notebooks',
    `<h1>ScaleTwin: notebooks</h1>\n<p>${intro}</p>\n<ol class="notebooks">\n${entries.join('\n')}\n</ol>`,
  )
}

const withValues = (html: string, values: readonly string[]) =>
  html.replace(MARKS, (_, number: string) => `<span class="value">${escaped(values[Number(number)]!)}</span>`)

async function cellHtml(
  { source, isFolded, number }: Extract<Part, { kind: 'cell' }>,
  shown: readonly Shown[],
  nextId: () => string,
): Promise<string> {
  const code = `<pre><code>${hljs.highlight(source, { language: 'typescript' }).value}</code></pre>`
  const folded = `<details><summary>Code of this ${shown.some(({ kind }) => kind === 'picture') ? 'picture' : 'step'}</summary>${code}</details>`
  const parts = []
  for (const one of shown) parts.push(`<div class="shown">${await shownHtml(one, nextId)}</div>`)
  return `<section class="cell" id="cell-${number}">\n${[isFolded ? folded : code, ...parts].join('\n')}\n</section>`
}

async function shownHtml(shown: Shown, nextId: () => string): Promise<string> {
  switch (shown.kind) {
    case 'text':
      return `<pre>${escaped(shown.text)}</pre>`
    case 'table':
      return tableHtml(shown.rows)
    case 'picture':
      return inlinePicture(shown.picture, nextId())
  }
}

/** A column with a number in it, or a text that begins with one, is set right. */
function tableHtml(rows: readonly TableRow[]): string {
  const heads = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const isText = heads.map((head) => rows.every((row) => !/^[-+]?\d/.test(String(row[head] ?? ''))))
  const line = (tag: 'th' | 'td', texts: readonly string[]) =>
    `<tr>${texts.map((text, i) => `<${tag}${tag === 'th' ? ' scope="col"' : ''}${isText[i] ? ' class="text"' : ''}>${escaped(text)}</${tag}>`).join('')}</tr>`
  const body = rows.map((row) =>
    line(
      'td',
      heads.map((head) => String(row[head] ?? '')),
    ),
  )
  return `<div class="scroll"><table>\n<thead>${line('th', heads)}</thead>\n<tbody>${body.join('\n')}</tbody>\n</table></div>`
}

function pageHtml(title: string, main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${main}
</main>
</body>
</html>
`
}

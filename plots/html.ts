import { createHash } from 'node:crypto'
import { type DataTable, dataTables } from './dataTable.ts'
import { escaped } from './escape.ts'
import { darkened } from './recolour.ts'
import { COLOURS, FONT, type Picture } from './theme.ts'

const styleWith = (fonts: readonly PageFont[]) => `
${fonts.map(({ weight, base64 }) => `@font-face { font-family: Inter; font-weight: ${weight}; src: url(data:font/ttf;base64,${base64}) format("truetype"); }`).join('\n')}
:root { color-scheme: light dark; --text: ${COLOURS.text}; --muted: ${COLOURS.muted}; --ground: ${COLOURS.background}; --line: ${COLOURS.grid}; }
@media (prefers-color-scheme: dark) { :root { --text: ${darkened(COLOURS.text)}; --muted: ${darkened(COLOURS.muted)}; --ground: ${darkened(COLOURS.background)}; --line: ${darkened(COLOURS.grid)}; } }
body { margin: 1rem; background: var(--ground); color: var(--text); font: 14px/1.45 ${FONT}; }
#picture { overflow-x: auto; }
#picture path[fill-opacity="0"]:hover { fill-opacity: 0.14; }
#picture svg:focus-visible { outline: 2px solid ${COLOURS.predicted}; }
details { margin-top: 1rem; }
summary { cursor: pointer; }
details table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
details caption { text-align: left; font-weight: 600; padding-bottom: 0.3rem; }
details th, details td { text-align: left; padding: 0.15rem 0.9rem 0.15rem 0; border-bottom: 1px solid var(--line); }
details th { color: var(--muted); font-weight: 400; }
`

/** A TrueType font of one weight. */
export interface PageFont {
  weight: number
  base64: string
}

/**
 * One page with a picture that tells what is under the pointer, the same as tables, in the light or dark colours of the reader's system.
 * It needs nothing but itself; its security policy lets it run its own script alone and load nothing.
 * @param script of plots/page/chart.ts, as one file for the browser.
 * @param fonts with which the texts have the widths that keys and titles were laid out for.
 */
export function htmlPage(
  picture: Picture,
  { script, fonts }: { script: string; fonts: readonly PageFont[] },
): string {
  const safeScript = script
    .replaceAll('</script', String.raw`<\/script`)
    .replaceAll('<!--', String.raw`<\!--`)
  // In JSON every < can be written as an escape, so that no text of the data ends the element.
  const spec = JSON.stringify(picture).replaceAll('<', String.raw`\u003c`)
  const policy = `default-src 'none'; script-src 'sha256-${hash(safeScript)}'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(titleOf(picture))}</title>
<style>${styleWith(fonts)}</style>
</head>
<body>
<main>
<div id="picture"></div>
<noscript>${escaped(picture.description ?? '')}. The data are below.</noscript>
${tablesHtml(dataTables(picture))}
</main>
<script type="application/json" id="spec">${spec}</script>
<script type="module">${safeScript}</script>
</body>
</html>
`
}

const hash = (text: string) => createHash('sha256').update(text).digest('base64')

function titleOf({ title }: Picture): string {
  const text = typeof title === 'object' && title !== null && 'text' in title ? title.text : title
  return Array.isArray(text) ? text.join(' ') : String(text ?? 'ScaleTwin')
}

function tablesHtml(tables: readonly DataTable[]): string {
  if (tables.length === 0) return ''
  return `<details>\n<summary>The data</summary>\n${tables.map(tableHtml).join('\n')}\n</details>`
}

function tableHtml({ caption, head, rows }: DataTable): string {
  const cells = (tag: string, texts: readonly string[]) =>
    `<tr>${texts.map((text) => `<${tag}>${escaped(text)}</${tag.split(' ')[0]}>`).join('')}</tr>`
  return [
    '<table>',
    ...(caption ? [`<caption>${escaped(caption)}</caption>`] : []),
    `<thead>${cells('th scope="col"', head)}</thead>`,
    `<tbody>${rows.map((row) => cells('td', row)).join('\n')}</tbody>`,
    '</table>',
  ].join('\n')
}

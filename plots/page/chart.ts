/// <reference lib="dom" />
import embed, { type EmbedOptions } from 'vega-embed'
import { darkened } from '../recolour.ts'
import { type Picture, THEME } from '../theme.ts'

/**
 * The script of a page with one picture (plots/html.ts): draws it in the colours that the reader's system prefers, and again when that
 * changes. Vega's expressions are interpreted (`ast`), so that the page's security policy need not allow eval.
 */
const spec = JSON.parse(document.querySelector('#spec')!.textContent!) as Picture
const dark = matchMedia('(prefers-color-scheme: dark)')

async function draw(): Promise<void> {
  const own = dark.matches ? darkened(spec) : spec
  const options: EmbedOptions = {
    mode: 'vega-lite',
    renderer: 'svg',
    ast: true,
    config: (dark.matches ? darkened(THEME) : THEME) as EmbedOptions['config'],
    tooltip: { theme: dark.matches ? 'dark' : 'light' },
    actions: { export: true, source: false, compiled: false, editor: false },
  }
  await embed('#picture', own as Parameters<typeof embed>[1], options)
  document.body.dataset.drawn = dark.matches ? 'dark' : 'light'
}

dark.addEventListener('change', draw)
// Vega measures texts when it draws, so the page's fonts must be there before.
await Promise.all([400, 600].map((weight) => document.fonts.load(`${weight} 12px Inter`)))
await draw()

import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { htmlPage } from './html.ts'
import { startupSpec } from './index.ts'
import { darkened } from './recolour.ts'
import { COLOURS, THEME } from './theme.ts'

const SCRIPT = 'const a = "</script><!-- x"'
const page = (title = 'Starts') =>
  htmlPage(startupSpec({ starts: [{ concurrent: 2, durationMs: 1500 }], title }), {
    script: SCRIPT,
    fonts: [{ weight: 400, base64: 'AAAA' }],
  })
/** What is in an element, as a browser cuts it: up to the first end tag. */
const inside = (html: string, start: string) => {
  const from = html.indexOf(start) + start.length
  return html.slice(from, html.indexOf('</script', from))
}

it('allows its own script and no other, and loads nothing', () => {
  const html = page()
  const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)![1]!
  const script = inside(html, '<script type="module">')
  expect(policy).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`)
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toMatch(/unsafe-eval|https?:|\*/)
  expect(html).not.toMatch(/(src|href)="/)
})

it('no text of the script ends the script', () => {
  const script = inside(page(), '<script type="module">')
  expect(script).toContain('x"')
  expect(script).not.toContain('<!--')
})

it('no text of the data ends the data, and it comes out as it was', () => {
  const title = `</script><img onerror=alert(1)> & "quoted"`
  const html = page(title)
  const spec = JSON.parse(inside(html, 'id="spec">'))
  expect(spec.title.text.join(' ')).toBe(title)
  expect(html).toContain(
    '<title>&lt;/script&gt;&lt;img onerror=alert(1)&gt; &amp; &quot;quoted&quot;</title>',
  )
  expect(html).not.toContain('<img')
})

it('has the data as a table below the picture', () => {
  expect(page()).toContain('<tr><td>2</td><td>after 1.5 s</td></tr>')
  expect(page()).toContain('<th scope="col">Started at once</th>')
})

it('a dark picture has a dark ground and its texts are light on it', () => {
  const { background, title } = darkened(THEME) as { background: string; title: { color: string } }
  expect(luminance(background)).toBeLessThan(0.02)
  for (const colour of [
    title.color,
    ...['predicted', 'limit', 'muted'].map((name) => darkened(COLOURS[name as 'muted'])),
  ])
    expect(contrast(colour, background)).toBeGreaterThan(4.5)
})

it.each(['predicted', 'limit', 'muted', 'text'] as const)('%s can be read on the light ground', (name) => {
  expect(contrast(COLOURS[name], COLOURS.background)).toBeGreaterThan(4.5)
})

/** Relative luminance and contrast ratio of WCAG 2.2. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light! + 0.05) / (dark! + 0.05)
}

import { expect, it } from 'vitest'
import { NASTY, nastyDocument } from './document.case.ts'
import type { ReportDocument } from './document.ts'
import { drawingsOf } from './drawings.ts'
import { renderHtml } from './html.ts'
import { numbersOf } from './numbering.ts'
import { renderPdf } from './pdf.ts'
import { typstSource } from './typst.ts'

const document = nastyDocument()

it('figures, tables and listings are counted each for itself, headings within their section', () => {
  expect(Object.fromEntries(numbersOf(document))).toEqual({
    first: 'Section 1',
    inside: 'Section 1.1',
    'figure-a': 'Figure 1',
    'table-a': 'Table 1',
    'listing-a': 'Listing 1',
    second: 'Section 2',
  })
})

it('an id that is there twice, and a reference to nothing, are bugs', () => {
  const [first] = document.sections
  const twice: ReportDocument = { ...document, sections: [first!, first!] }
  expect(() => numbersOf(twice)).toThrow('the id first is used once')
  const dangling: ReportDocument = {
    ...document,
    abstract: [{ kind: 'paragraph', line: [{ kind: 'ref', id: 'figure-b' }] }],
  }
  expect(() => numbersOf(dangling)).toThrow('what figure-b names is there')
})

it('whatever characters a text has, Typst sets it as text; the same document gives the same bytes', async () => {
  const drawings = await drawingsOf(document)
  const [first, again] = [await renderPdf(document, drawings), await renderPdf(document, drawings)]
  expect(first.subarray(0, 5).toString()).toBe('%PDF-')
  expect(first.equals(again)).toBe(true)
}, 30_000)

it('in the Typst source a text stands in a string literal only', () => {
  const literal = `"${NASTY.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  const source = typstSource(document)
  expect(source).toContain(literal)
  expect(source.replaceAll(literal, '').replaceAll(/"(?:[^"\\]|\\.)*"/g, '')).not.toContain('#let x = 1')
})

it('in the page a text can open no element, and nothing is loaded', async () => {
  const page = renderHtml(document, await drawingsOf(document))
  expect(page).not.toContain('<e>')
  expect(page).toContain('&lt;e&gt;')
  expect(page).toContain('href="https://example.org/?a=&quot;&lt;b&gt;"')
  expect(page).not.toMatch(/<script|<link|src=|@import|url\(/)
  expect(page).toContain("default-src 'none'")
})

it('every reference of the page leads somewhere', async () => {
  const page = renderHtml(document, await drawingsOf(document))
  const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
  const wanted = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
  expect(wanted.length).toBeGreaterThan(5)
  expect(wanted.filter((id) => !ids.has(id))).toEqual([])
})

it('the colours of the theme are exchanged on a dark page', async () => {
  const page = renderHtml(document, await drawingsOf(document))
  expect(page).toContain('figure svg [fill="#0072b2"]{fill:#56b4e9}')
})

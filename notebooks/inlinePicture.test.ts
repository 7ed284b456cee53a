import { expect, it } from 'vitest'
import { COLOURS, type Picture } from '../plots/theme.ts'
import { inlinePicture } from './inlinePicture.ts'

/** With a clip and a legend that is a gradient: Vega gives both an identifier. */
const picture = {
  description: 'a < b',
  data: {
    values: [
      { x: 1, y: 2.3456789 },
      { x: 2, y: 1 },
    ],
  },
  layer: [
    {
      mark: { type: 'line', clip: true, color: COLOURS.predicted },
      encoding: { x: { field: 'x', type: 'quantitative' }, y: { field: 'y', type: 'quantitative' } },
    },
    {
      mark: 'point',
      encoding: {
        x: { field: 'x', type: 'quantitative' },
        y: { field: 'y', type: 'quantitative' },
        color: { field: 'y', type: 'quantitative' },
      },
    },
  ],
} as Picture

it('a picture is the same however many were drawn before it, and each has identifiers of its own', async () => {
  const first = await inlinePicture(picture, 'p1')
  expect(await inlinePicture(picture, 'p1')).toBe(first)
  const ids = (html: string) => [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!)
  expect(ids(first).length).toBeGreaterThan(0)
  expect(ids(first).every((id) => id.startsWith('p1-'))).toBe(true)
  for (const [, id] of first.matchAll(/url\(#([^)]+)\)/g)) expect(ids(first)).toContain(id)
})

it("its colours are the page's, its ground is the page, and its text is escaped", async () => {
  const html = await inlinePicture(picture, 'p1')
  expect(html).toContain(`stroke="var(--c${COLOURS.predicted.slice(1)})"`)
  expect(html).not.toContain(COLOURS.predicted)
  expect(html).not.toContain(`<rect width`)
  expect(html).toContain('aria-label="a &lt; b"')
  expect(html).not.toMatch(/ d="[^"]*\d\.\d{3}/)
})

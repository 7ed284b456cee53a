import { expect, it } from 'vitest'
import { type Labelled, placeLabels } from './labels.ts'
import { textWidthPx } from './textWidth.ts'

const PANEL = { widthPx: 300, heightPx: 200, fontSizePx: 11 }
const at = (xPx: number, yPx: number, text = 'threshold'): Labelled => ({ xPx, yPx, text, bold: false })

function boxOf({ xPx, yPx, text }: Labelled, { dx, dy, align }: ReturnType<typeof placeLabels>[number]) {
  const width = textWidthPx(text, { fontSizePx: 11 })
  const left = xPx + dx - (align === 'left' ? 0 : align === 'right' ? width : width / 2)
  return { left, right: left + width, middle: yPx + dy }
}

it('a lonely name stands right of its point', () => {
  expect(placeLabels([at(100, 100)], PANEL)[0]).toMatchObject({ align: 'left' })
})

it('at the right edge it stands left, where it is not cut', () => {
  const point = at(295, 100)
  expect(boxOf(point, placeLabels([point], PANEL)[0]!).right).toBeLessThanOrEqual(300)
})

it('four points within a few px have names that do not cover each other', () => {
  const points = [at(150, 100), at(153, 103), at(148, 98), at(151, 95)]
  const boxes = placeLabels(points, PANEL).map((place, i) => boxOf(points[i]!, place))
  for (const [i, a] of boxes.entries())
    for (const b of boxes.slice(i + 1)) {
      const apart = a.right <= b.left || b.right <= a.left || Math.abs(a.middle - b.middle) >= 13
      expect(apart).toBe(true)
    }
})

import { textWidthPx } from './textWidth.ts'

/** A point with its name, px from the left and the top of the panel. */
export interface Labelled {
  xPx: number
  yPx: number
  text: string
  bold: boolean
}

/** Where a name stands relative to its point. */
export interface Placing {
  dx: number
  dy: number
  align: 'left' | 'right' | 'center'
}

interface Box {
  left: number
  right: number
  top: number
  bottom: number
}

const GAP_PX = 8
const HEIGHT_PX = 13

/** Right of the point where that is free, else the next of these. */
const PLACES: readonly Placing[] = [
  { dx: GAP_PX, dy: -8, align: 'left' },
  { dx: GAP_PX, dy: 9, align: 'left' },
  { dx: -GAP_PX, dy: -8, align: 'right' },
  { dx: -GAP_PX, dy: 9, align: 'right' },
  { dx: 0, dy: -15, align: 'center' },
  { dx: 0, dy: 16, align: 'center' },
  { dx: GAP_PX, dy: -22, align: 'left' },
  { dx: GAP_PX, dy: 23, align: 'left' },
  { dx: -GAP_PX, dy: -22, align: 'right' },
  { dx: -GAP_PX, dy: 23, align: 'right' },
  { dx: GAP_PX, dy: -36, align: 'left' },
  { dx: GAP_PX, dy: 37, align: 'left' },
]

/** A place for each name, in the order given, where it covers the least of the points, of the names before it and of what is outside. */
export function placeLabels(
  points: readonly Labelled[],
  { widthPx, heightPx, fontSizePx }: { widthPx: number; heightPx: number; fontSizePx: number },
): Placing[] {
  const dots = points.map(({ xPx, yPx }) => ({
    left: xPx - 5,
    right: xPx + 5,
    top: yPx - 5,
    bottom: yPx + 5,
  }))
  const taken: Box[] = [...dots]
  return points.map((point) => {
    const ranked = PLACES.map((place, rank) => {
      const box = boxOf(point, place, fontSizePx)
      const covered = taken.reduce((sum, other) => sum + overlap(box, other), 0)
      return { place, box, badness: covered + outside(box, { widthPx, heightPx }) + rank / 100 }
    })
    const best = ranked.reduce((a, b) => (b.badness < a.badness ? b : a))
    taken.push(best.box)
    return best.place
  })
}

function boxOf({ xPx, yPx, text, bold }: Labelled, { dx, dy, align }: Placing, fontSizePx: number): Box {
  const width = textWidthPx(text, { fontSizePx, bold })
  const left = xPx + dx - (align === 'left' ? 0 : align === 'right' ? width : width / 2)
  const top = yPx + dy - HEIGHT_PX / 2
  return { left, right: left + width, top, bottom: top + HEIGHT_PX }
}

const overlap = (a: Box, b: Box) =>
  Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
  Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top))

/** Area beyond the panel, counted ten times: a name that is cut cannot be read. */
function outside(box: Box, { widthPx, heightPx }: { widthPx: number; heightPx: number }): number {
  const area = (box.right - box.left) * (box.bottom - box.top)
  return 10 * (area - overlap(box, { left: 0, right: widthPx, top: 0, bottom: heightPx }))
}

import { COLOURS, MARGIN_PX, type Panel, SIZE } from './theme.ts'

/** Room between two columns, px: the labels of the vertical axis are in it. */
const BETWEEN_PX = 58

/** As many columns as fit, at most one a panel, and the width of each, px. */
export function columnsIn(
  widthPx: number,
  { panels, leastPx }: { panels: number; leastPx: number },
): { columns: number; panelPx: number } {
  const fitting = Math.max(1, Math.floor((widthPx + BETWEEN_PX) / (leastPx + BETWEEN_PX)))
  const columns = Math.min(fitting, Math.max(1, panels))
  return { columns, panelPx: Math.floor((widthPx - (columns - 1) * BETWEEN_PX) / columns) }
}

/** Panels row by row. Their axes are their own. */
export function gridOf(panels: readonly Panel[], columns: number): Panel[] {
  return Array.from(
    { length: Math.ceil(panels.length / columns) },
    (_, row): Panel => ({
      spacing: BETWEEN_PX,
      bounds: 'flush',
      hconcat: panels.slice(row * columns, (row + 1) * columns),
    }),
  )
}

/** The name of a panel among others, where its headings begin: above that of its vertical axis. */
export const panelTitle = (text: string, { offset = 7, dx = -MARGIN_PX } = {}) => ({
  text,
  fontSize: SIZE.heading,
  fontWeight: 600 as const,
  anchor: 'start' as const,
  frame: 'group' as const,
  offset,
  dx,
})

/** The heading of a vertical axis below a panel's name: lighter than it. */
export const UNDER_TITLE = { titleFontWeight: 400 as const, titleColor: COLOURS.muted }

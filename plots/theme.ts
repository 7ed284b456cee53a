import type { Config, TopLevelSpec } from 'vega-lite'
import { wrapText } from './textWidth.ts'

/** What the builders of plots/ return: a Vega-Lite specification, to be drawn with THEME. */
export type Picture = TopLevelSpec
/** One picture of a stack. */
export type Panel = Extract<TopLevelSpec, { vconcat: unknown }>['vconcat'][number]
/** One mark of a panel. */
export type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number]

export const FONT = 'Inter, Helvetica Neue, Helvetica, Arial, sans-serif'

/**
 * Blue and vermilion of Okabe and Ito (2008), which colour-blind readers tell apart. Predicted is always a
 * blue band with its line, measured near black and thin, a limit dashed vermilion: in a grey copy they
 * still differ by lightness, width and dash.
 */
export const COLOURS = {
  predicted: '#0072b2',
  predictedBand: '#bcd9ec',
  measured: '#1f1f1f',
  limit: '#c24a00',
  text: '#1f1f1f',
  muted: '#5f6368',
  grid: '#e6e6e6',
  axis: '#8c8c8c',
  background: '#ffffff',
  // Of replicas: orange of Okabe and Ito, and two greys, neither predicted nor measured.
  starting: '#e69f00',
  ready: '#cdd1d6',
  draining: '#7b8087',
} as const

/** Four steps from dark to light, told apart in a grey copy as well: what comes one after the other. */
export const SEQUENCE = ['#08306b', '#2b7bba', '#8fc1de', '#dbe3ea'] as const

/** Font sizes in px. */
export const SIZE = { title: 16, subtitle: 12, heading: 12, label: 11 } as const

/** Width in px of the plotting area of a picture of one column. */
export const WIDTH_PX = 640
/** Room in px left of it for the labels of the vertical axis; titles, keys and headings begin there. */
export const MARGIN_PX = 44

export const THEME: Config = {
  background: COLOURS.background,
  font: FONT,
  padding: { left: 16, right: 16, top: 14, bottom: 12 },
  view: { stroke: null },
  concat: { spacing: 22 },
  title: {
    anchor: 'start',
    color: COLOURS.text,
    fontSize: SIZE.title,
    fontWeight: 600,
    frame: 'bounds',
    limit: 0,
    lineHeight: 21,
    offset: 12,
    subtitleColor: COLOURS.muted,
    subtitleFontSize: SIZE.subtitle,
    subtitleLineHeight: 16,
    subtitlePadding: 5,
  },
  axis: {
    domainColor: COLOURS.axis,
    gridColor: COLOURS.grid,
    labelColor: COLOURS.muted,
    labelFontSize: SIZE.label,
    labelLimit: 0,
    tickColor: COLOURS.axis,
    titleColor: COLOURS.text,
    titleFontSize: SIZE.heading,
    titleFontWeight: 600,
    titleLimit: 0,
  },
  axisX: { grid: false, labelFlush: false, labelPadding: 4, ticks: true, tickSize: 4, titleFontWeight: 400 },
  axisY: {
    domain: false,
    grid: true,
    labelPadding: 6,
    minExtent: MARGIN_PX,
    ticks: false,
    // The heading stands level above the axis, where it is read without turning the head.
    titleAlign: 'left',
    titleAnchor: 'end',
    titleAngle: 0,
    titleBaseline: 'bottom',
    titleX: -MARGIN_PX,
    titleY: -10,
  },
  legend: {
    labelColor: COLOURS.muted,
    labelLimit: 0,
    orient: 'bottom',
    titleColor: COLOURS.text,
    titleLimit: 0,
  },
  text: { color: COLOURS.text, fontSize: SIZE.label },
  // A round cap shows a point without neighbours, which would be a line of no length.
  line: { strokeCap: 'round', strokeJoin: 'round' },
}

export interface Headline {
  title: string
  subtitle?: string
}

/** Title and subtitle in lines that fit the picture. */
export function headline({ title, subtitle }: Headline, widthPx: number) {
  const lines = subtitle ? wrapText(subtitle, widthPx, { fontSizePx: SIZE.subtitle }) : []
  return {
    text: wrapText(title, widthPx, { fontSizePx: SIZE.title, bold: true }),
    ...(lines.length > 0 && { subtitle: lines }),
  }
}

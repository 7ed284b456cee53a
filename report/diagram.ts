import { COLOURS, FONT } from '../plots/theme.ts'

/** A box at a place, in points from the lower left. */
interface Box {
  at: readonly [x: number, y: number]
  size: readonly [width: number, height: number]
  label: string
  /** Further attributes of Graphviz. */
  more?: string
}

const THREAD = 'Flask, one thread'
const SHELL = 'fillcolor=none'

/** Placed by hand, so that text has the size of the report's captions at the width of a page. */
const BOXES: Readonly<Record<string, Box>> = {
  network: {
    at: [383, 243],
    size: [194, 130],
    label: '',
    more: `${SHELL}, style="rounded,dashed"`,
  },
  controller: { at: [240, 100], size: [480, 76], label: '', more: SHELL },
  load: { at: [50, 236], size: [100, 44], label: 'load generator\nopen loop,\nabsolute times' },
  proxy: { at: [198, 236], size: [92, 44], label: 'HAProxy\nthe only port\nthat is exposed' },
  r1: { at: [342, 272], size: [92, 26], label: `replica 1\n${THREAD}` },
  r2: { at: [342, 236], size: [92, 26], label: `replica 2\n${THREAD}` },
  rn: { at: [342, 200], size: [92, 26], label: `replica n\n${THREAD}` },
  objects: {
    at: [440, 236],
    size: [68, 44],
    label: 'objects:\none mounted\ndirectory',
    more: 'shape=folder, style=filled',
  },
  monitor: { at: [60, 94], size: [96, 40], label: 'monitor\ncounters, log,\nreplica list' },
  analyse: { at: [178, 94], size: [96, 40], label: 'analyse\nrates, utilisation,\npercentiles' },
  plan: {
    at: [302, 94],
    size: [100, 40],
    label: 'plan\nscaling policy,\npure function',
    more: `fillcolor="${COLOURS.predictedBand}", penwidth=1.4`,
  },
  execute: { at: [422, 94], size: [96, 40], label: 'execute\nstart, drain, stop;\ndoes not wait' },
  record: {
    at: [86, 18],
    size: [148, 34],
    label: 'run record\nthe same on both sides',
    more: 'shape=folder, style=filled',
  },
  simulator: {
    at: [302, 18],
    size: [150, 34],
    label: 'simulator\nthe same controller and policy',
    more: 'penwidth=1.4',
  },
}

const COMMAND = 'style=dashed'
/** From, to, what is said beside it and where (points), and how it is drawn. */
const ARROWS: readonly (readonly [from: string, to: string, more: string])[] = [
  ['load', 'proxy', ''],
  ['proxy', 'r1:w', ''],
  ['proxy', 'r2:w', ''],
  ['proxy', 'rn:w', ''],
  ['r1:e', 'objects', 'arrowhead=none'],
  ['r2:e', 'objects', 'arrowhead=none'],
  ['rn:e', 'objects', 'arrowhead=none'],
  ['proxy:sw', 'monitor:n', COMMAND],
  ['monitor', 'analyse', COMMAND],
  ['analyse', 'plan', COMMAND],
  ['plan', 'execute', COMMAND],
  ['execute:nw', 'proxy:s', COMMAND],
  ['execute:n', 'rn:s', COMMAND],
  ['simulator', 'plan', `${COMMAND}, dir=both`],
  ['monitor:s', 'record:n', COMMAND],
  ['simulator', 'record', COMMAND],
]

const WORDS: readonly (readonly [x: number, y: number, text: string])[] = [
  [126, 243, 'requests'],
  [76, 176, 'statistics, log'],
  [244, 160, 'server list'],
  [420, 158, 'Podman API'],
  [342, 48, 'runs the same file'],
  [348, 299, 'internal container network'],
  [240, 128, 'controller: one pass a tick'],
]

/** Solid: requests. Dashed: what is measured, decided and commanded. */
function dot(): string {
  const inches = (points: number) => (points / 72).toFixed(4)
  const boxes = Object.entries(BOXES).map(
    ([name, { at, size, label, more }]) =>
      `${name} [pos="${at.join(',')}!", width=${inches(size[0])}, height=${inches(size[1])}, label="${label}"${more ? `, ${more}` : ''}]`,
  )
  const arrows = ARROWS.map(([from, to, more]) => `${from} -> ${to} [${more}]`)
  const words = WORDS.map(
    ([x, y, text], i) =>
      `word${i} [shape=plaintext, style="", fontcolor="${COLOURS.muted}", label="${text}", pos="${x},${y}!", margin=0, width=0, height=0]`,
  )
  return `digraph {
  layout=neato; inputscale=72; splines=line; bgcolor="transparent"; outputorder=nodesfirst; pad=0.03
  node [shape=box, style="filled,rounded", fixedsize=true, fillcolor="${COLOURS.background}", color="${COLOURS.axis}", fontname="Helvetica", fontsize=8.5, fontcolor="${COLOURS.text}"]
  edge [color="${COLOURS.text}", arrowsize=0.6, penwidth=0.8]
  ${[...boxes, ...arrows, ...words].join('\n  ')}
}`
}

/** The system's own diagram as SVG text, in the theme's colours and font. */
export async function systemDiagram(): Promise<string> {
  const { instance } = await import('@viz-js/viz')
  const viz = await instance()
  const svg = viz.renderString(dot(), { format: 'svg', engine: 'neato' })
  return svg
    .slice(svg.indexOf('<svg'))
    .replaceAll(/<!--[\s\S]*?-->\n?/g, '')
    .replaceAll(/<title>[\s\S]*?<\/title>\n?/g, '')
    .replaceAll('font-family="Helvetica,sans-Serif"', `font-family="${FONT}"`)
}

import type { Sla } from '../analysis/sla.ts'
import type { WindowPair } from '../analysis/windowComparison.ts'
import { columnsIn, gridOf, panelTitle, UNDER_TITLE } from './grid.ts'
import { telling } from './hover.ts'
import { type KeyEntry, keyPanel } from './key.ts'
import { percentText } from './percent.ts'
import { inUnit, secondsText } from './texts.ts'
import { COLOURS, type Layer, MARGIN_PX, type Panel } from './theme.ts'

/** The windows of one trace and policy. */
export interface WindowsOf {
  trace: string
  policy: string
  windows: readonly WindowPair[]
}

const LEAST_PX = 190

/** Violations window by window, a panel for each trace and policy, with their key and heading. None without any. */
export function windowPanels(
  all: readonly WindowsOf[],
  { sla, widthPx }: { sla: Sla | null; widthPx: number },
): Panel[] {
  if (all.length === 0) return []
  const { columns, panelPx } = columnsIn(widthPx - MARGIN_PX, { panels: all.length, leastPx: LEAST_PX })
  const most = Math.max(0.1, ...all.flatMap(({ windows }) => windows.map(highestOf)))
  const panels = all.map((own, i) =>
    windowPanel(own, { sla, most, widthPx: panelPx, isLast: i + columns >= all.length }),
  )
  return [
    {
      ...keyPanel(keyEntries(sla), { fromPx: 0, widthPx }),
      title: panelTitle('Window by window', { offset: 8, dx: 0 }),
    },
    ...gridOf(panels, columns).map((row): Panel => ({ spacing: 0, bounds: 'flush', hconcat: [LEFT, row] })),
  ]
}

function keyEntries(sla: Sla | null): KeyEntry[] {
  return [
    { sign: 'interval', text: 'Share of its requests that violate, predicted' },
    { sign: 'outsideDot', text: 'One live run: window kept' },
    { sign: 'dot', text: 'Window violated' },
    ...(sla ? [{ sign: 'limit' as const, text: `What the SLA allows (${allowedText(sla)})` }] : []),
  ]
}

/** Room for the labels of the first vertical axis. */
const LEFT: Panel = { width: MARGIN_PX, height: 1, data: { values: [{}] }, mark: { type: 'text', text: '' } }

const highestOf = ({ predicted, measured }: WindowPair) =>
  Math.max(predicted?.hi ?? 0, ...measured.map(({ share }) => share))

const allowedText = ({ quantile }: Sla) => percentText(1 - quantile)

function windowPanel(
  { trace, policy, windows }: WindowsOf,
  { sla, most, widthPx, isLast }: { sla: Sla | null; most: number; widthPx: number; isLast: boolean },
): Panel {
  const untilS = (windows.at(-1)?.toMs ?? 0) / 1000
  const x = {
    type: 'quantitative' as const,
    title: isLast ? 'Time since the start (s)' : null,
    scale: { domain: [0, untilS], nice: false },
    axis: { grid: false, tickCount: 6 },
  }
  const y = {
    type: 'quantitative' as const,
    title: '% of the requests',
    scale: { domain: [0, most], nice: 4 },
    axis: { format: '~%', tickCount: 4, ...UNDER_TITLE },
  }
  return {
    title: panelTitle(`${policy} on ${trace}`),
    width: widthPx,
    height: 92,
    layer: [
      ...predictedLayers(windows, { x, y }),
      ...(sla ? [allowedLayer(sla, y)] : []),
      measuredLayer(windows, { x, y }),
    ],
  }
}

function predictedLayers(windows: readonly WindowPair[], { x, y }: { x: object; y: object }): Layer[] {
  const rows = windows.flatMap(({ fromMs, toMs, predicted, violatedShare }) =>
    predicted
      ? [
          {
            fromS: edgeS(fromMs, toMs, 0.1),
            toS: edgeS(fromMs, toMs, 0.9),
            fromMs,
            toMs,
            violatedShare,
            ...predicted,
          },
        ]
      : [],
  )
  const { data, tooltip } = telling(rows, (row) => ({
    Window: spanText(row),
    Predicted: `${percentText(row.mean)} of its requests violate`,
    '90% interval': `${percentText(row.lo)} to ${percentText(row.hi)}`,
    'Violated in': `${inUnit(row.violatedShare, '%')} of the simulated runs`,
  }))
  const sides = { x: { ...x, field: 'fromS' }, x2: { field: 'toS' } }
  return [
    {
      data,
      mark: { type: 'rect', color: COLOURS.predictedBand, stroke: COLOURS.predictedBand },
      encoding: { ...sides, y: { ...y, field: 'lo' }, y2: { field: 'hi' }, tooltip },
    },
    {
      data,
      mark: { type: 'rule', color: COLOURS.predicted, strokeWidth: 2.2 },
      encoding: { ...sides, y: { ...y, field: 'mean' }, tooltip },
    },
  ] as Layer[]
}

function allowedLayer({ quantile }: Sla, y: object): Layer {
  return {
    data: { values: [{ allowed: 1 - quantile }] },
    mark: { type: 'rule', color: COLOURS.limit, strokeWidth: 1.2, strokeDash: [4, 3] },
    encoding: { y: { ...y, field: 'allowed' } },
  } as Layer
}

/** Live runs side by side within their window. */
function measuredLayer(windows: readonly WindowPair[], { x, y }: { x: object; y: object }): Layer {
  const rows = windows.flatMap(({ fromMs, toMs, measured }) =>
    measured.map(({ share, violated }, run) => ({
      atS: edgeS(fromMs, toMs, (run + 1) / (measured.length + 1)),
      share,
      violated,
      run: run + 1,
      fromMs,
      toMs,
    })),
  )
  const { data, tooltip } = telling(rows, (row) => ({
    Window: spanText(row),
    Measured: `${percentText(row.share)} of its requests violate`,
    'The SLA is': row.violated ? 'violated' : 'kept',
    'Live run': String(row.run),
  }))
  return {
    data,
    mark: { type: 'point', shape: 'circle', size: 20, strokeWidth: 1, opacity: 1, stroke: COLOURS.measured },
    encoding: {
      x: { ...x, field: 'atS' },
      y: { ...y, field: 'share' },
      fill: { condition: { test: 'datum.violated', value: COLOURS.measured }, value: COLOURS.background },
      tooltip,
    },
  } as Layer
}

/** At a share of a window, s. */
const edgeS = (fromMs: number, toMs: number, share: number) => (fromMs + share * (toMs - fromMs)) / 1000

const spanText = ({ fromMs, toMs }: { fromMs: number; toMs: number }) =>
  `${secondsText(fromMs)} to ${secondsText(toMs)}`

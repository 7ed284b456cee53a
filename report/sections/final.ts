import { mean } from 'simple-statistics'
import type { Pairing } from '../../analysis/compare.ts'
import { type MetricName, type Metrics, metricsOf } from '../../analysis/metrics.ts'
import { formatMetric } from '../../analysis/metricText.ts'
import { scalingMoves } from '../../analysis/replicas.ts'
import type { Sla } from '../../analysis/sla.ts'
import { timelineOf } from '../../analysis/timeline.ts'
import { timelineSpec } from '../../plots/index.ts'
import { OUTCOMES, type Outcome } from '../../record/schema.ts'
import { peakRatePerS } from '../../traces/index.ts'
import type { Trace } from '../../traces/trace.ts'
import type { Block, Section, Table } from '../document.ts'
import { idOf, listed, paragraph, ref } from '../document.ts'
import { byTrace, exampleOf, type Improvement, type ReportMaterial, traceName } from '../material.ts'
import { figureOf, lower } from '../picture.ts'
import { type Reaction, reactionOf, turnsOf } from '../reaction.ts'

/** The response to rising and falling load, trace by trace; null without a run of a policy. */
export function finalSection(material: ReportMaterial): Section | null {
  const { runs, sla, own, improvement } = material
  if (runs.length === 0) return null
  const late = runs.flatMap(({ live }) => live.flatMap(({ run }) => run.lateness?.p99 ?? []))
  return {
    id: 'final',
    title: 'Final experiments',
    blocks: [
      paragraph(
        `The service is given loads that rise and fall. The promise (SLA) is ${sla.text}; a request that failed, was rejected, timed out or was never answered violates it whatever its time.`,
        ...(late.length > 0
          ? [
              ` Of the requests of each live run 99 % were sent at most ${Math.max(...late).toFixed(1)} ms after their time.`,
            ]
          : []),
        ...(improvement
          ? [
              ` Each load was run without and with an improvement: ${improvement.without}, then ${improvement.with}.`,
            ]
          : []),
      ),
      ...byTrace(runs).flatMap((setUps) => traceBlocks(setUps, material)),
      ...(own.final ?? []),
    ],
  }
}

function traceBlocks(setUps: readonly Pairing[], { sla, improvement }: ReportMaterial): Block[] {
  const { run } = exampleOf(setUps[0]!)
  const name = traceName(run.trace.name)
  const id = idOf('trace', name)
  const measured = setUps.filter(({ live }) => live.length > 0)
  const heading: Block = { kind: 'heading', level: 2, id, text: `Load: ${name}` }
  return [
    heading,
    paragraph(...loadText(run.trace as Trace)),
    ...(measured.length > 0
      ? [
          paragraph(
            ref(`table-${id}-requests`),
            ' has what became of the requests, ',
            ref(`table-${id}-reaction`),
            ' how the fleet answered. ',
            ...timelineRefs(setUps, id),
          ),
          requestsTable(`table-${id}-requests`, name, measured, sla),
          reactionTable(`table-${id}-reaction`, name, measured),
          ...bestText(measured, sla, improvement),
        ]
      : [paragraph('There is no live run of it; what follows is simulated. ', ...timelineRefs(setUps, id))]),
    ...setUps.map((setUp) => timelineFigure(setUp, id, sla)),
  ]
}

function loadText(trace: Trace): string[] {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(0)} s`
  const { riseMs, fallMs } = turnsOf(trace)
  const turns = [
    ...(riseMs === null ? [] : [`its steepest rise begins at ${seconds(riseMs)}`]),
    ...(fallMs === null ? [] : [`its steepest fall at ${seconds(fallMs)}`]),
  ]
  const peak =
    trace.load.kind === 'users'
      ? []
      : [`at most ${peakRatePerS({ ...trace, load: trace.load }).toFixed(0)} requests/s`]
  return [trace.description, ` It lasts ${[seconds(trace.durationMs), ...peak, ...turns].join('; ')}.`]
}

const timelineRefs = (setUps: readonly Pairing[], id: string) =>
  setUps.length === 0
    ? []
    : [
        ...listed(setUps.map((setUp) => ref(timelineId(setUp, id)))),
        setUps.length === 1 ? ' shows it over time.' : ' show them over time.',
      ]

const timelineId = ({ policy }: Pairing, id: string) => idOf('timeline', id, policy)

function timelineFigure(setUp: Pairing, id: string, sla: Sla): Block {
  const { policy, simulated, live, trace } = setUp
  const picture = timelineSpec({
    title: `${policy} on ${traceName(trace)}, over time`,
    predicted: simulated.map((record) => timelineOf(record, sla)),
    measured: live.map((record) => timelineOf(record, sla)),
    sla,
  })
  return { ...figureOf(timelineId(setUp, id), lower(picture, PANEL_HEIGHT)), stays: true }
}

/** Of that of a picture that stands alone. */
const PANEL_HEIGHT = 0.58

const OUTCOME_HEAD: Readonly<Record<Outcome, string>> = {
  ok: 'answered',
  rejected: 'rejected',
  timeout: 'timed out',
  failed: 'failed',
  unanswered: 'never answered',
}

function requestsTable(id: string, name: string, setUps: readonly Pairing[], sla: Sla): Table {
  return {
    kind: 'table',
    id,
    caption: [
      `Measured on ${name}: requests by what became of them, all live runs of a set-up together, and how many violated the promise; mean over the runs, range in brackets.`,
    ],
    head: [
      'set-up',
      'runs',
      'requests',
      ...OUTCOMES.map((outcome) => OUTCOME_HEAD[outcome]),
      'violations',
      'p95',
      'replica-s',
    ],
    rows: setUps.map(({ policy, live }) => {
      const outcomes = live.flatMap(({ requests }) => requests.outcome)
      const metrics = live.map((record) => metricsOf(record, sla))
      return [
        policy,
        String(live.length),
        String(outcomes.length),
        ...OUTCOMES.map((outcome) => String(outcomes.filter((one) => one === outcome).length)),
        ...(['violationShare', 'responseMsP95', 'replicaSeconds'] as const).map((metric) =>
          meanAndRange(metric, metrics),
        ),
      ]
    }),
    words: [0],
    dense: true,
  }
}

function meanAndRange(metric: MetricName, runs: readonly Metrics[]): string {
  const values = runs.map((run) => run[metric]).filter((value) => value !== null)
  if (values.length === 0) return '-'
  const text = formatMetric(metric, mean(values))
  if (values.length === 1) return text
  const bare = (value: number) => formatMetric(metric, value).replace(/ .*/, '')
  return `${text} (${bare(Math.min(...values))} to ${bare(Math.max(...values))})`
}

const REACTIONS: readonly (readonly [
  head: string,
  of: (reaction: Reaction) => number | null,
  isTime: boolean,
])[] = [
  ['first start after the rise', (one) => one.firstStartMs, true],
  ['first new replica ready', (one) => one.firstReadyMs, true],
  ['most replicas', (one) => one.most, false],
  ['reached after the rise', (one) => one.mostAfterMs, true],
  ['first removal after the fall', (one) => one.firstStopMs, true],
  ['last change after the fall', (one) => one.settledMs, true],
]

function reactionTable(id: string, name: string, setUps: readonly Pairing[]): Table {
  return {
    kind: 'table',
    id,
    caption: [
      `Measured on ${name}: how the fleet went out and in again. Times in s from the beginning of the steepest rise and of the steepest fall of the load; mean over the live runs, range in brackets. A hyphen: it did not happen, or not in every run.`,
    ],
    head: ['set-up', ...REACTIONS.map(([head]) => head), 'changes of direction'],
    rows: setUps.map(({ policy, live }) => {
      const reactions = live.map(reactionOf)
      return [
        policy,
        ...REACTIONS.map(([, of, isTime]) => spreadText(reactions.map(of), isTime)),
        spreadText(
          live.map((record) => scalingMoves(record).reversals),
          false,
        ),
      ]
    }),
    words: [0],
  }
}

function spreadText(values: readonly (number | null)[], isTime: boolean): string {
  const known = values.filter((value) => value !== null)
  if (known.length < values.length || known.length === 0) return '-'
  const text = (value: number) => (isTime ? (value / 1000).toFixed(1) : String(Number(value.toFixed(1))))
  const [least, most] = [Math.min(...known), Math.max(...known)]
  return text(least) === text(most) ? text(least) : `${text(mean(known))} (${text(least)} to ${text(most)})`
}

/** What the change of the set-up did; for an experiment with an improvement these two, else worst and best. */
function bestText(setUps: readonly Pairing[], sla: Sla, improvement: Improvement | null): Block[] {
  const shares = setUps.map((setUp) => ({
    setUp,
    share: meanShare(setUp, sla),
    notAnswered: notAnswered(setUp),
  }))
  const sorted = shares.toSorted((a, b) => b.share - a.share)
  const named = (label: string | undefined) => shares.find(({ setUp }) => setUp.policy === label)
  const from = named(improvement?.without) ?? sorted[0]!
  const to = named(improvement?.with) ?? sorted.at(-1)!
  if (from === to) return []
  const percent = (share: number) => formatMetric('violationShare', share)
  const result = (one: typeof from) =>
    `${one.setUp.policy}: ${percent(one.share)} of the requests violated the promise, ${one.notAnswered === 0 ? 'and all were answered in the end' : `${one.notAnswered} were not answered`}`
  return [
    paragraph(
      { kind: 'strong', children: ['What was changed. '] },
      improvement
        ? `Without the improvement, ${result(from)}. With it, ${result(to)}.`
        : `The most violations had ${result(from)}. The fewest had ${result(to)}.`,
    ),
  ]
}

const meanShare = ({ live }: Pairing, sla: Sla) =>
  mean(live.map((record) => metricsOf(record, sla).violationShare ?? 0))

const notAnswered = ({ live }: Pairing) =>
  live.reduce((sum, { requests }) => sum + requests.outcome.filter((outcome) => outcome !== 'ok').length, 0)

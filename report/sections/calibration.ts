import {
  capacityLine,
  FLEET_HEAD,
  fleetRow,
  latencyLine,
  STEP_HEAD,
  stepRow,
  uslLine,
} from '../../analysis/calibrationText.ts'
import { kneeOf } from '../../analysis/knee.ts'
import { stepsWithCores } from '../../analysis/saturation.ts'
import { fleetPointOf, uslOf } from '../../analysis/scaling.ts'
import { startLabel, startRows, stopRows } from '../../analysis/starts.ts'
import type { RunRecord } from '../../record/schema.ts'
import type { Block, Section } from '../document.ts'
import { idOf, paragraph, ref } from '../document.ts'
import { CALIBRATIONS, type Calibration, type CalibrationKind, type ReportMaterial } from '../material.ts'
import { figureOf } from '../picture.ts'

/** Experiments (a), (b) and (c), as far as there are records of them; null where there are none. */
export function calibrationSection({ calibrations, own }: ReportMaterial): Section | null {
  if (calibrations.length === 0) return null
  const parts = CALIBRATIONS.flatMap((kind) => {
    const having = calibrations.filter(({ records }) => records[kind].length > 0)
    if (having.length === 0) return []
    const { id, text, design } = PARTS[kind]
    const heading: Block = { kind: 'heading', level: 2, id, text }
    return [heading, paragraph(design), ...having.flatMap((one) => RESULTS[kind](one, having.length > 1))]
  })
  return {
    id: 'calibration',
    title: 'Calibration experiments',
    blocks: [
      paragraph(
        'Before any policy is judged, the service itself is measured: where one replica saturates, how several scale, and how long a replica takes to come. What came out is what the simulator is fitted to.',
      ),
      ...(calibrations.length > 1
        ? [
            paragraph(
              `Settings of the service: ${calibrations.map((one) => `${one.label} (${settingsOf(one)})`).join('; ')}.`,
            ),
          ]
        : []),
      ...parts,
      ...(own.calibration ?? []),
    ],
  }
}

const PARTS: Readonly<Record<CalibrationKind, { id: string; text: string; design: string }>> = {
  saturation: {
    id: 'calibration-a',
    text: '(a) The saturation point of one replica',
    design:
      'Design: one replica, no scaling; an open-loop load rises in steps, in rounds that each put their steps where the last round found the saturation point. The capacity is the number of answers over the time that the replica was busy, so that no backlog that one step hands to the next can bias it.',
  },
  scaling: {
    id: 'calibration-b',
    text: '(b) Several replicas',
    design:
      "Design: fixed numbers of replicas, each first under a light load, then under more than they can serve. The throughput under overload is fitted with Gunther's universal scalability law.",
  },
  startup: {
    id: 'calibration-c',
    text: '(c) The time to start a replica',
    design:
      'Design: replicas are started alone and several at once, from the image, from created containers and from paused ones, idle and beside a fleet that serves. The time runs from asking for a replica until the proxy has it in rotation.',
  },
}

const RESULTS: Readonly<
  Record<CalibrationKind, (calibration: Calibration, isOneOfSeveral: boolean) => Block[]>
> = {
  saturation({ label, records, pictures }, isOneOfSeveral) {
    const knee = kneeOf(records.saturation)
    const id = idOf('saturation', label)
    const steps = records.saturation.flatMap((record, i) =>
      stepsWithCores(record).map((step) => [String(i + 1), ...stepRow(step)]),
    )
    return [
      result(
        isOneOfSeveral ? label : null,
        `${sentence(capacityLine(knee))} ${sentence(latencyLine(knee))}`,
        [...(pictures.saturation ? [`figure-${id}`] : []), `table-${id}`],
      ),
      ...(pictures.saturation
        ? [figureOf(`figure-${id}`, pictures.saturation, [` Setting: ${label}.`])]
        : []),
      {
        kind: 'table',
        id: `table-${id}`,
        caption: [`The steps of the load on one replica (${label}), by round.`],
        head: ['round', ...STEP_HEAD],
        rows: steps,
        words: [0],
      },
    ]
  },
  scaling({ label, records, pictures }, isOneOfSeveral) {
    const points = records.scaling.map(fleetPointOf).sort((a, b) => a.replicas - b.replicas)
    const alone = points.find(({ replicas }) => replicas === 1)?.throughputPerS?.estimate ?? null
    const id = idOf('scaling', label)
    return [
      result(isOneOfSeveral ? label : null, sentence(uslLine(uslOf(points))), [
        ...(pictures.scaling ? [`figure-${id}`] : []),
        `table-${id}`,
      ]),
      ...(pictures.scaling ? [figureOf(`figure-${id}`, pictures.scaling, [` Setting: ${label}.`])] : []),
      {
        kind: 'table',
        id: `table-${id}`,
        caption: [`Throughput and response time against the number of replicas (${label}).`],
        head: FLEET_HEAD,
        rows: points.map((point) => fleetRow(point, alone)),
        words: [],
      },
    ]
  },
  startup({ label, records, pictures }, isOneOfSeveral) {
    const id = idOf('startup', label)
    const rows = startTable(records.startup)
    const table: Block = {
      kind: 'table',
      id: `table-${id}`,
      caption: ['What a start consists of, and how long a replica takes to go; means in ms.'],
      head: ['', 'create', 'start', 'answer', 'check', 'total', 'range', 'n'],
      rows,
      words: [0],
    }
    const figure = pictures.startup
    return [
      result(isOneOfSeveral ? label : null, fastest(records.startup), [
        ...(figure ? [`figure-${id}`] : []),
        ...(rows.length > 0 ? [`table-${id}`] : []),
      ]),
      ...(figure ? [figureOf(`figure-${id}`, figure, [` Setting: ${label}.`])] : []),
      ...(rows.length > 0 ? [table] : []),
    ]
  },
}

function result(label: string | null, text: string, ids: readonly string[]): Block {
  const where = ids.flatMap((id, i) => (i === 0 ? [ref(id)] : [' and ', ref(id)]))
  return paragraph(
    ...(label === null ? [] : [{ kind: 'strong' as const, children: [`${label}. `] }]),
    `${text} See `,
    ...where,
    '.',
  )
}

function fastest(records: readonly RunRecord[]): string {
  const alone = startRows(records).filter(({ together, loaded }) => together === 1 && !loaded)
  if (alone.length === 0) return 'The starts are these.'
  const texts = alone.map(
    ({ method, totalMs, count }) => `${method} ${totalMs.mean.toFixed(0)} ms (${count} starts)`,
  )
  return `A replica that is started alone on an idle machine takes, on average: ${texts.join(', ')}.`
}

function startTable(records: readonly RunRecord[]): string[][] {
  const ms = (value: number | null) => (value === null ? '-' : value.toFixed(0))
  const range = ({ min, max }: { min: number; max: number }) => `${ms(min)} to ${ms(max)}`
  const starts = startRows(records).map((row) => [
    startLabel(row),
    ms(row.phases.createMs),
    ms(row.phases.startMs),
    ms(row.phases.answerMs),
    ms(row.phases.checkMs),
    ms(row.totalMs.mean),
    range(row.totalMs),
    String(row.count),
  ])
  const stops = stopRows(records).map(({ loaded, goneMs, count }) => [
    loaded ? 'drain and stop, loaded' : 'stop, idle',
    '',
    '',
    '',
    '',
    ms(goneMs.mean),
    range(goneMs),
    String(count),
  ])
  return [...starts, ...stops]
}

export function settingsOf({ records }: Calibration): string {
  const { app, trace } = CALIBRATIONS.flatMap((kind) => records[kind])[0]!.run
  const mix = Object.entries(trace.mix).map(([name, weight]) => `${name} ${weight}`)
  const settings = Object.entries(app ?? {}).map(([name, value]) => `${name} ${value}`)
  return [...settings, `mix ${mix.join(' : ')}`].join(', ')
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

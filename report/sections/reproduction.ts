import type { Pairing } from '../../analysis/compare.ts'
import { appOptions, quoted, runOptions, TRACE_FILE } from '../commands.ts'
import type { Block, Section } from '../document.ts'
import { code, paragraph } from '../document.ts'
import { CALIBRATIONS, type Calibration, exampleOf, type ReportMaterial, traceName } from '../material.ts'

/** The commands that make it all again, from the records' headers. */
export function reproductionSection(material: ReportMaterial): Section {
  const { calibrations, fit, runs, sla, command } = material
  const commands = runs.map((setUp) => setUpCommands(setUp, sla.text))
  return {
    id: 'reproduction',
    title: 'How to repeat it',
    blocks: [
      paragraph(
        'A run depends on its seed alone as far as arrivals and, in the simulator, all chance go; live runs differ from each other by what the machine does. The options below are those of the records.',
      ),
      ...(calibrations.length > 0
        ? [paragraph('Calibration:'), block(calibrations.map(calibrateCommand))]
        : []),
      ...(fit ? [paragraph('Fit:'), block([fitCommand(calibrations, fit.model.name)])] : []),
      ...(commands.length > 0 ? [paragraph('Prediction, then measurement:'), ...commands.map(block)] : []),
      ...(commands.flat().some((text) => text.includes(TRACE_FILE))
        ? [paragraph(code(TRACE_FILE), ' is the trace that is in ', code('run.json'), ' of that record.')]
        : []),
      paragraph('This report:'),
      block([command]),
    ],
  }
}

const block = (lines: readonly string[]): Block => ({ kind: 'code', code: lines.map(folded).join('\n') })

const COLUMNS = 84

/** A long command over several lines, as a shell takes it. */
export function folded(command: string): string {
  const words = command.split(/ (?=--|-o )/)
  const lines = ['']
  for (const word of words) {
    const longer = lines.at(-1) === '' ? word : `${lines.at(-1)} ${word}`
    if (longer.length <= COLUMNS - 2 || lines.at(-1) === '') lines[lines.length - 1] = longer
    else lines.push(`  ${word}`)
  }
  return lines.join(' \\\n')
}

function calibrateCommand(calibration: Calibration): string {
  const kinds = CALIBRATIONS.filter((kind) => calibration.records[kind].length > 0)
  const { run } = calibration.records[kinds[0]!][0]!
  const mix = Object.entries(run.trace.mix).map(([name, weight]) => `${name}=${weight}`)
  const what = kinds.length === CALIBRATIONS.length ? ['all'] : kinds
  return what
    .map((kind) =>
      [
        'bin/live calibrate',
        kind,
        ...appOptions(run),
        `--mix ${mix.join(',')}`,
        `--seed ${run.seed}`,
        '--out runs/calibration',
      ].join(' '),
    )
    .join('\n')
}

/** Of the setting that has starts as well: other settings must not be mixed with it. */
function fitCommand(calibrations: readonly Calibration[], name: string): string {
  const own = calibrations.find(({ records }) => records.startup.length > 0)
  return `bin/sim fit ${own ? `runs/calibration/${quoted(own.label)}` : 'RUNS'} -o ${quoted(`${name}.json`)}`
}

function setUpCommands({ simulated, live, policy, trace }: Pairing, sla: string): string[] {
  const folder = `runs/${quoted(`${traceName(trace)}-${policy}`.replace(/[^A-Za-z0-9.=-]+/g, '-'))}`
  const first = exampleOf({ simulated, live, policy, trace }).run
  const sim = simulated[0]?.run
  return [
    ...(sim
      ? [
          [
            'bin/sim run',
            ...runOptions(sim, sla),
            `--replications ${simulated.length}`,
            `--out ${folder}/sim`,
          ].join(' '),
        ]
      : []),
    ...(live.length > 0
      ? [
          [
            'bin/live run',
            ...runOptions(first, sla),
            ...appOptions(first),
            ...(sim ? [`--prediction ${folder}/sim`] : []),
            `--repeat ${live.length}`,
            `--out ${folder}/live`,
          ].join(' '),
        ]
      : []),
  ]
}

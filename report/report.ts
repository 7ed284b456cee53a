import type { Author, Block, ReportDocument, Section } from './document.ts'
import { bullets, code, listed, paragraph } from './document.ts'
import { byTrace, CALIBRATIONS, exampleOf, type ReportMaterial, traceName } from './material.ts'
import { architectureSection } from './sections/architecture.ts'
import { calibrationSection } from './sections/calibration.ts'
import { comparisonSection } from './sections/comparison.ts'
import { environmentSection } from './sections/environment.ts'
import { finalSection } from './sections/final.ts'
import { fitSection } from './sections/fit.ts'
import { limitsSection } from './sections/limits.ts'
import { policySection } from './sections/policies.ts'
import { reproductionSection } from './sections/reproduction.ts'

/** The report: every section for which there are records, and at the end what is missing, with the command that would fill it. */
export function makeReport(material: ReportMaterial): ReportDocument {
  const { title, authors, own } = material
  const sections = [
    ownSection('motivation', 'Motivation', own.motivation),
    architectureSection(material),
    environmentSection(material),
    policySection(material),
    calibrationSection(material),
    fitSection(material),
    finalSection(material),
    comparisonSection(material),
    ownSection('discussion', 'Discussion', own.discussion),
    limitsSection(material),
    reproductionSection(material),
    contributionsSection(authors),
    absentSection(material),
  ]
  return {
    title,
    authors,
    abstract: own.abstract ?? abstractOf(material),
    sections: sections.filter((section) => section !== null),
  }
}

function ownSection(id: string, title: string, blocks: readonly Block[] | undefined): Section | null {
  return blocks ? { id, title, blocks } : null
}

function contributionsSection(authors: readonly Author[]): Section | null {
  const contributing = authors.filter(({ contributions }) => contributions.length > 0)
  if (contributing.length === 0) return null
  return {
    id: 'contributions',
    title: 'Contributions',
    blocks: [
      bullets(
        ...contributing.map(({ name, contributions }) => [
          { kind: 'strong' as const, children: [`${name}: `] },
          `${contributions.join(', ')}.`,
        ]),
      ),
    ],
  }
}

/** What was done, from the records, where the author has said nothing. */
function abstractOf({ calibrations, runs, comparison, sla }: ReportMaterial): Block[] {
  const live = runs.reduce((sum, pairing) => sum + pairing.live.length, 0)
  const simulated = runs.reduce((sum, pairing) => sum + pairing.simulated.length, 0)
  const policies = [...new Set(runs.map(({ policy }) => policy))]
  const traces = byTrace(runs).map((own) => traceName(exampleOf(own[0]!).run.trace.name))
  const shares = comparison.cells.filter(({ metric }) => metric === 'violationShare')
  const errors = shares.map(({ error }) => 100 * Math.abs(error))
  const measured = shares.map((cell) => 100 * cell.measured.mean)
  const sentences = [
    'An object store in containers behind HAProxy is scaled out and in by a controller, while its load rises and falls.',
    ...(calibrations.length > 0
      ? [`The service was calibrated in ${calibrations.reduce((sum, one) => sum + countOf(one), 0)} runs.`]
      : []),
    ...(runs.length > 0
      ? [
          `${listed(policies).join('')} ${policies.length === 1 ? 'was' : 'were'} tried on ${listed(traces).join('')}, in ${live} live and ${simulated} simulated runs, against the promise ${sla.text}.`,
        ]
      : []),
    ...(shares.length > 0
      ? [
          `Between ${Math.min(...measured).toFixed(1)} % and ${Math.max(...measured).toFixed(1)} % of the requests violated it, by policy and load; the prediction of that share was off by ${Math.max(...errors).toFixed(1)} points at most.`,
        ]
      : []),
  ]
  return [paragraph(sentences.join(' '))]
}

const countOf = ({ records }: ReportMaterial['calibrations'][number]) =>
  CALIBRATIONS.reduce((sum, kind) => sum + records[kind].length, 0)

/** What is not in the report because there is no record of it; null where nothing is missing. */
function absentSection({
  calibrations,
  fit,
  runs,
  comparison,
  authors,
  own,
}: ReportMaterial): Section | null {
  const lacks = (kind: (typeof CALIBRATIONS)[number]) =>
    !calibrations.some(({ records }) => records[kind].length > 0)
  const absent: (readonly [isAbsent: boolean, what: string, command: string])[] = [
    [lacks('saturation'), 'Calibration (a), the saturation point', 'bin/live calibrate saturation'],
    [lacks('scaling'), 'Calibration (b), several replicas', 'bin/live calibrate scaling'],
    [lacks('startup'), 'Calibration (c), the time to start', 'bin/live calibrate startup'],
    [
      fit === null,
      'The fitted model',
      'bin/sim fit runs/calibration/service -o model.json, then --model model.json',
    ],
    [
      runs.every(({ live }) => live.length === 0),
      'The final experiments',
      'bin/live experiment --out runs/experiment',
    ],
    [
      runs.length > 0 && comparison.cells.length === 0,
      'Predicted against measured',
      'bin/sim run --replications 40 --out FOLDER, with the options of the live runs',
    ],
    [authors.length === 0, 'Authors and their contributions', '--authors authors.yaml'],
    [own.motivation === undefined, 'The motivation', '--text own.md with ## motivation'],
    [own.discussion === undefined, 'The discussion', '--text own.md with ## discussion'],
  ]
  const lines = absent.filter(([isAbsent]) => isAbsent)
  if (lines.length === 0) return null
  return {
    id: 'absent',
    title: 'Not in this report',
    blocks: [bullets(...lines.map(([, what, command]) => [`${what}: `, code(command)]))],
  }
}

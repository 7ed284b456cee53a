import { formatDuration } from '../../base/units.ts'
import { POLICIES } from '../../policies/index.ts'
import { splitPipes } from '../../policies/limits/compose.ts'
import { policyByName } from '../../policies/parameters.ts'
import type { Policy } from '../../policies/policy.ts'
import type { ControlSettings, RunHeader } from '../../record/schema.ts'
import type { Block, Section } from '../document.ts'
import { code, idOf, paragraph, ref } from '../document.ts'
import { exampleOf, type ReportMaterial } from '../material.ts'
import { PSEUDOCODE } from '../pseudocode.ts'

/** Every policy of the runs: what it does, from where it is, and with which parameters it ran; null without a run. */
export function policySection({ runs, own }: ReportMaterial): Section | null {
  if (runs.length === 0) return null
  const headers = runs.map((pairing) => exampleOf(pairing).run)
  const names = [...new Set(headers.map(({ policy }) => policy.name))]
  return {
    id: 'policy',
    title: names.length === 1 ? 'The scaling policy' : 'The scaling policies',
    blocks: [
      ...introduction(headers),
      ...names.flatMap((name) =>
        policyBlocks(
          name,
          headers.filter(({ policy }) => policy.name === name),
        ),
      ),
      ...(own.policy ?? []),
    ],
  }
}

function introduction(headers: readonly RunHeader[]): Block[] {
  const loops = [...new Set(headers.map(({ control }) => loopText(control)))]
  const table: Block = {
    kind: 'table',
    id: 'table-loop',
    caption: ['The control loop of each set-up.'],
    head: ['trace', 'policy', 'tick', 'window', 'replicas', 'at the start', 'stand-by'],
    rows: headers.map(({ trace, policy, control }) => [
      trace.name,
      policy.name,
      formatDuration(control.intervalMs),
      formatDuration(control.windowMs),
      `${control.minReplicas} to ${control.maxReplicas}`,
      String(control.initialReplicas),
      standbyText(control),
    ]),
    words: [0, 1, 2, 3, 4, 5, 6],
  }
  const rest =
    'A decision beyond the bounds is clamped to them, whatever the policy. Replicas that are starting count as capacity that is on its way: no policy asks for them twice.'
  if (loops.length === 1) return [paragraph(`In all runs ${loops[0]} ${rest}`)]
  return [
    paragraph('The control loop differs between the runs, as ', ref('table-loop'), ` says. ${rest}`),
    table,
  ]
}

function loopText(control: ControlSettings): string {
  const { intervalMs, windowMs, minReplicas, maxReplicas, initialReplicas } = control
  return `the policy is asked each ${formatDuration(intervalMs)}, sees rates and percentiles over the last ${formatDuration(windowMs)}, and may ask for ${minReplicas} to ${maxReplicas} replicas; ${initialReplicas} ${initialReplicas === 1 ? 'is' : 'are'} ready at the start. Stand-by: ${standbyText(control)}.`
}

const standbyText = ({ standby }: ControlSettings): string =>
  standby ? `${standby.size} ${standby.method}` : 'none'

function policyBlocks(name: string, headers: readonly RunHeader[]): Block[] {
  const id = idOf('policy', name)
  const heading: Block = { kind: 'heading', level: 2, id, text: name }
  const policy = shipped(name)
  const { policy: base, limits } = splitPipes(name)
  const settings = [
    ...new Map(
      headers.map(({ policy: { parameters } }) => [JSON.stringify(parameters), parameters]),
    ).values(),
  ]
  if (!policy) {
    return [
      heading,
      paragraph('A policy of a file of its own, which is not among those that come with the program.'),
      ...(Object.keys(settings[0]!).length > 0 ? [plainTable(id, name, settings)] : []),
    ]
  }
  const own = POLICIES.find((one) => one.name === base)!
  return [
    heading,
    paragraph(
      code(base),
      `: ${own.summary}. Source: ${own.source}. `,
      ref(`listing-${id}`),
      ' has what it does at a tick',
      ...(Object.keys(policy.parameters).length > 0 ? [', ', ref(`table-${id}`), ' its parameters'] : []),
      '.',
      ...(limits.length > 0 ? [` Behind it its decisions pass, in this order: ${limits.join(', ')}.`] : []),
    ),
    {
      kind: 'listing',
      id: `listing-${id}`,
      caption: [`The policy ${base} at a tick; n is the number of replicas that was asked for last.`],
      code: PSEUDOCODE[base]!,
    },
    ...(Object.keys(policy.parameters).length > 0 ? [parameterTable(id, policy, settings)] : []),
  ]
}

/** Null for a policy of one's own. */
function shipped(name: string): Policy | null {
  return POLICIES.some((policy) => policy.name === splitPipes(name).policy) ? policyByName(name) : null
}

type Settings = readonly Readonly<Record<string, number>>[]

function parameterTable(id: string, policy: Policy, settings: Settings): Block {
  return {
    kind: 'table',
    id: `table-${id}`,
    caption: [
      `Parameters of ${policy.name}. `,
      settings.length > 1
        ? 'Where set-ups differ, all values are given.'
        : 'An asterisk marks what is not the default.',
    ],
    head: ['parameter', 'meaning', 'unit', 'default', 'value'],
    rows: Object.entries(policy.parameters).map(([name, spec]) => {
      const values = valuesOf(settings, name)
      const changed = settings.length === 1 && values !== String(spec.default)
      return [name, spec.description, spec.unit, String(spec.default), changed ? `${values} *` : values]
    }),
    words: [0, 1, 2],
    flexible: 1,
  }
}

const plainTable = (id: string, name: string, settings: Settings): Block => ({
  kind: 'table',
  id: `table-${id}`,
  caption: [`Parameters of ${name}.`],
  head: ['parameter', 'value'],
  rows: Object.keys(settings[0]!).map((parameter) => [parameter, valuesOf(settings, parameter)]),
  words: [0],
})

const valuesOf = (settings: Settings, name: string) =>
  [...new Set(settings.map((one) => String(one[name] ?? '-')))].join(', ')

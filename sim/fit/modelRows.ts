import { type Distribution, meanOf } from '../distribution.ts'
import type { ClassModel, Estimate, Fitted, Model } from '../model.ts'

/** What is said of a model in a table, and in lines behind it. */
export interface ModelRows {
  head: string[]
  rows: string[][]
  /** Estimates that are no distributions, a line each. */
  more: string[]
}

/** Each fitted quantity: mean with its interval, family, and its distances on held-out data. */
export function modelRows(model: Model): ModelRows {
  const { startup, container, cpu } = model
  const rows = [
    ...alike(model.classes).flatMap(([name, own]) => [
      row(`${name}: blocking`, own.blockingMs),
      row(`${name}: CPU`, own.cpuMs),
      row(`${name}: overhead`, own.overheadMs),
    ]),
    row('transit', model.transitMs),
    row('cold start', startup.cold),
    ...(startup.created ? [row('created start', startup.created)] : []),
    ...(startup.paused ? [row('paused start', startup.paused)] : []),
    row('stop', model.stopMs),
    ...(container
      ? [row('rejection (429)', container.rejectMs), row('health check', container.checkMs)]
      : []),
  ]
  const { slowdownPerConcurrent: slow, cpuShare, engineJobs, failure } = startup
  const { loss } = model.monitoring
  const more = [
    `each further simultaneous start lengthens a start by ${share(slow)}${cpuShare ? ' beyond the shared cores' : ''}`,
    ...(cpuShare ? [`CPU work is ${share(cpuShare)} of a start`] : []),
    ...(engineJobs
      ? [`that work counts as ${number(engineJobs, 'jobs')} on the cores while it goes on`]
      : []),
    ...(model.stopCpuMs ? [`a removal takes ${number(model.stopCpuMs, 'ms')} of CPU`] : []),
    ...(failure ? [`starts that fail: ${share(failure)}`] : []),
    ...(loss ? [`readings of the proxy that are lost: ${share(loss)}`] : []),
    ...(cpu?.evidence
      ? [
          `${cpu.cores} cores, shared; proxy, generator and the rest of the machine use ${number(cpu.evidence.othersCores, 'cores')} and ${number(cpu.evidence.othersMsPerRequest, 'ms a request')}`,
        ]
      : []),
    ...(cpu?.evidence?.contention
      ? [`each further job on the cores lengthens CPU work by ${share(cpu.evidence.contention)}`]
      : []),
    ...(cpu?.evidence?.engineContention
      ? [`each start or removal that goes on lengthens it by ${share(cpu.evidence.engineContention)}`]
      : []),
    ...(cpu?.evidence?.speedSpread
      ? [`from run to run the same CPU work takes ${share(cpu.evidence.speedSpread)} more or less`]
      : []),
    ...(cpu?.evidence?.overheadCpuMs
      ? [
          `of the overhead ${number(cpu.evidence.overheadCpuMs, 'ms')} a request is CPU work at the replica beside the handler's`,
        ]
      : []),
  ]
  const head = [
    'ms',
    'mean',
    '95 % interval',
    'n',
    'distribution',
    'KS held out',
    'critical 5 %',
    'A2 held out',
    'critical 5 %',
  ]
  return { head, rows, more }
}

/** Classes with the same model are one row: a log does not tell them apart. */
function alike(classes: Model['classes']): [names: string, own: ClassModel][] {
  const groups = new Map<ClassModel['blockingMs'], [string[], ClassModel]>()
  for (const [name, own] of Object.entries(classes)) {
    const group = groups.get(own.blockingMs) ?? [[], own]
    groups.set(own.blockingMs, group)
    group[0].push(name)
  }
  return [...groups.values()].map(([names, own]) => [names.join(', '), own])
}

function share({ estimate, lo, hi }: Estimate): string {
  const text = (value: number | null) =>
    value === null ? '?' : `${(100 * value).toFixed(100 * value < 10 ? 1 : 0)} %`
  return `${text(estimate)} (95 %: ${text(lo)} to ${text(hi)})`
}

function number({ estimate, lo, hi }: Estimate, unit: string): string {
  const text = (value: number | null) => (value === null ? '?' : value.toFixed(2))
  return `${text(estimate)} ${unit} (95 %: ${text(lo)} to ${text(hi)})`
}

function row(label: string, { distribution, evidence }: Fitted): string[] {
  const mean = meanOf(distribution).toFixed(2)
  if (!evidence) return [label, mean, '', '1', describe(distribution), '', '', '', '']
  const { lo, hi } = evidence.mean
  const interval = lo === null || hi === null ? '' : `${lo.toFixed(2)} to ${hi.toFixed(2)}`
  const { heldOutKs: ks, heldOutAd: ad } = evidence
  return [
    label,
    mean,
    interval,
    String(evidence.samples),
    describe(distribution),
    ks.statistic.toFixed(3),
    ks.critical5.toFixed(3),
    ad ? ad.statistic.toFixed(2) : '',
    ad ? ad.critical5.toFixed(2) : '',
  ]
}

export function describe(distribution: Distribution): string {
  if (distribution.family === 'empirical') return `empirical, ${distribution.quantiles.length} quantiles`
  const numbers = Object.entries(distribution).filter(([name]) => name !== 'family')
  return `${distribution.family} ${numbers.map(([name, value]) => `${name} ${Number(value).toPrecision(4)}`).join(', ')}`
}

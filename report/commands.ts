import { formatDuration } from '../base/units.ts'
import { DEFAULT_CONTROL, DEFAULT_SERVICE } from '../control/service.ts'
import { POLICIES } from '../policies/index.ts'
import { splitPipes } from '../policies/limits/compose.ts'
import { policyByName } from '../policies/parameters.ts'
import type { RunHeader } from '../record/schema.ts'
import { shippedNames } from '../traces/index.ts'

/** A trace of which the record has all, but which is none of the shipped ones. */
export const TRACE_FILE = 'TRACE.json'

/**
 * The options that make a run again, from what its header says: the policy with the parameters that are not its defaults, trace, seed and
 * control loop. A trace that is not shipped is called TRACE.json: its points are in run.json.
 */
export function runOptions(
  { policy, trace, seed, control, service, model }: RunHeader,
  sla: string,
): string[] {
  const { standby } = control
  const options: (string | null)[] = [
    `--policy ${quoted(policy.name)}`,
    ...Object.entries(changedParameters(policy)).map(([name, value]) => `--set ${name}=${value}`),
    ...traceOptions(trace.name),
    `--seed ${seed}`,
    `--sla ${quoted(sla)}`,
    model ? `--model ${quoted(shippedModelOrFile(model.name))}` : null,
    unless(control.intervalMs, DEFAULT_CONTROL.intervalMs, (ms) => `--interval ${formatDuration(ms)}`),
    unless(control.windowMs, DEFAULT_CONTROL.windowMs, (ms) => `--window ${formatDuration(ms)}`),
    unless(control.minReplicas, DEFAULT_CONTROL.minReplicas, (n) => `--min ${n}`),
    unless(control.maxReplicas, DEFAULT_CONTROL.maxReplicas, (n) => `--max ${n}`),
    unless(control.initialReplicas, DEFAULT_CONTROL.initialReplicas, (n) => `--initial ${n}`),
    standby ? `--standby ${standby.method}:${standby.size}` : null,
    unless(service.balance, DEFAULT_SERVICE.balance, (name) => `--balance ${name}`),
    unless(service.maxconn, DEFAULT_SERVICE.maxconn, (n) => `--maxconn ${n ?? 'none'}`),
    unless(
      service.queueTimeoutMs,
      DEFAULT_SERVICE.queueTimeoutMs,
      (ms) => `--queue-timeout ${formatDuration(ms)}`,
    ),
    unless(
      service.clientTimeoutMs,
      DEFAULT_SERVICE.clientTimeoutMs,
      (ms) => `--client-timeout ${formatDuration(ms)}`,
    ),
  ]
  return options.filter((option) => option !== null)
}

/** How the web application was set up; nothing in a simulation. */
export function appOptions({ app }: RunHeader): string[] {
  const { delay, rateLimit, objectBytes } = app ?? {}
  return [
    ...(delay === undefined ? [] : [`--delay ${quoted(delay)}`]),
    ...(rateLimit === undefined || rateLimit === 'off' ? [] : [`--rate-limit ${quoted(rateLimit)}`]),
    ...(objectBytes === undefined ? [] : [`--object-size ${objectBytes}`]),
  ]
}

const unless = <T>(value: T, usual: T, text: (value: T) => string) => (value === usual ? null : text(value))

function changedParameters({ name, parameters }: RunHeader['policy']): Record<string, number> {
  const isShipped = POLICIES.some((policy) => policy.name === splitPipes(name).policy)
  const specs = isShipped ? policyByName(name).parameters : {}
  return Object.fromEntries(
    Object.entries(parameters).filter(([key, value]) => specs[key]?.default !== value),
  )
}

/** The transforms are in a trace's name, as traces/transform.ts puts them there; a slice is not undone. */
function traceOptions(name: string): string[] {
  const match = /^(.+?)(?:-stretch([\d.]+))?(?:-peak([\d.]+))?$/.exec(name)
  const [, base, factor, peak] = match ?? []
  if (base === undefined || !shippedNames().includes(base)) return [`--trace ${TRACE_FILE}`]
  return [
    `--trace ${base}`,
    ...(factor === undefined ? [] : [`--stretch ${factor}`]),
    ...(peak === undefined ? [] : [`--peak ${peak}`]),
  ]
}

const shippedModelOrFile = (name: string) =>
  name.includes('.') || name.includes('/') ? name : `${name}.json`

/** For a shell. */
export const quoted = (text: string): string =>
  /^[\w.,:/=%+@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`

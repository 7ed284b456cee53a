import { type Command, InvalidArgumentError, Option } from 'commander'
import { DEFAULT_SLA, parseSla, type Sla } from '../analysis/sla.ts'
import { badInput } from '../base/errors.ts'
import { formatDuration, parseDuration } from '../base/units.ts'
import { DEFAULT_CONTROL, DEFAULT_SERVICE } from '../control/service.ts'
import { parametersOf } from '../policies/parameters.ts'
import type { Knowledge } from '../policies/policy.ts'
import { FAULTS, type Fault, parseFault } from '../record/faults.ts'
import { BALANCES, type ControlSettings, type ServiceSettings } from '../record/schema.ts'
import { knowledgeOf } from '../sim/knowledge.ts'
import { withOraclePlan } from '../sim/oracle.ts'
import { checkStandby } from '../sim/plant.ts'
import { DEFAULT_MODEL, readModel } from '../sim/readModel.ts'
import type { Simulation } from '../sim/simulation.ts'
import { REQUEST_CLASSES, readTrace, scaleToPeak, slice, stretch, type Trace } from '../traces/index.ts'
import { loadPolicy } from './loadPolicy.ts'
import { parseMix } from './mix.ts'

/** The options that `sim run` and `live run` share, as commander hands them over. */
export interface RunFlags {
  policy: string
  trace: string
  model: string
  set: string[]
  /** Of `run` alone. */
  fault?: string[]
  seed: number
  sla: string
  mix?: string
  stretch?: number
  peak?: number
  slice?: string
  interval: string
  window: string
  min: number
  max: number
  initial: number
  standby: string
  balance: ServiceSettings['balance']
  maxconn: string
  queueTimeout: string
  clientTimeout: string
  out?: string
  force?: boolean
  json?: boolean
}

export const collect = (value: string, all: string[]) => [...all, value]

export function wholeNumber(from: number, to: number) {
  return (text: string): number => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < from || value > to) {
      throw new InvalidArgumentError(`expected a whole number from ${from} to ${to}`)
    }
    return value
  }
}

function positiveNumber(text: string): number {
  const value = Number(text)
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('expected a number above 0')
  return value
}

/** A trace, its transforms and its seed. */
export type TraceFlags = Pick<RunFlags, 'trace' | 'mix' | 'stretch' | 'peak' | 'slice' | 'seed'>

export function addTraceOptions(command: Command): Command {
  return addTransformOptions(
    command
      .requiredOption('--trace <name|file>', 'a shipped trace (sim traces) or a trace file')
      .option('--seed <n>', 'seed of the first run; further ones count up', wholeNumber(0, 2 ** 31), 1),
  ).option('--slice <from..to>', 'only this part of the trace: 10s..40s')
}

/** What makes another trace of one, or of several. */
export function addTransformOptions(command: Command): Command {
  return command
    .option(
      '--mix <class=weight,...>',
      `other request classes than the trace's: ${REQUEST_CLASSES.map((name) => `${name}=1`).join(',')}`,
    )
    .option('--stretch <factor>', 'stretch the trace in time, rates unchanged', positiveNumber)
    .option('--peak <rate>', 'scale the trace to this peak rate, requests/s', positiveNumber)
}

export function addRunOptions(command: Command): Command {
  return addPlanOptions(
    addServiceOptions(addTraceOptions(command))
      .requiredOption(
        '--policy <name|file>',
        'a shipped policy (sim policies) or a file such as ./my-policy.ts, whose code is run',
      )
      .addOption(
        new Option('--set <name=number>', 'a parameter of the policy; repeat for more')
          .argParser(collect)
          .default([], 'none'),
      )
      .addOption(
        new Option(
          '--fault <kind@time+duration>',
          `break something then: kill:0@30s, hang:1@30s+10s; repeat for more. One of ${Object.keys(FAULTS).join(', ')}`,
        )
          .argParser(collect)
          .default([], 'none'),
      ),
  )
    .option('--out <folder>', 'write the run records there')
    .option('--force', 'replace what is in --out')
    .option('--json', 'print one JSON object instead of a table')
}

/** The model, the promise and the control loop: what is the same for every policy and trace. */
export function addPlanOptions(command: Command): Command {
  return command
    .option('--model <name|file>', 'a shipped model or a file from sim fit', DEFAULT_MODEL)
    .option('--sla <text>', 'what is promised: "p95<500ms over 10s" or "99%<800ms"', DEFAULT_SLA)
    .option(
      '--interval <duration>',
      'time between two control ticks',
      formatDuration(DEFAULT_CONTROL.intervalMs),
    )
    .option(
      '--window <duration>',
      'span of the rates and percentiles that a policy sees',
      formatDuration(DEFAULT_CONTROL.windowMs),
    )
    .option('--min <n>', 'fewest replicas', wholeNumber(1, 1000), DEFAULT_CONTROL.minReplicas)
    .option('--max <n>', 'most replicas', wholeNumber(1, 1000), DEFAULT_CONTROL.maxReplicas)
    .option(
      '--initial <n>',
      'replicas that are ready at the start',
      wholeNumber(1, 1000),
      DEFAULT_CONTROL.initialReplicas,
    )
    .option('--standby <method:n|none>', 'replicas held ready to start: created:2, paused:2', 'none')
}

/** The flags' defaults, as a person would type them. */
export const DEFAULT_SERVICE_FLAGS = {
  balance: DEFAULT_SERVICE.balance,
  maxconn: String(DEFAULT_SERVICE.maxconn),
  queueTimeout: formatDuration(DEFAULT_SERVICE.queueTimeoutMs),
  clientTimeout: formatDuration(DEFAULT_SERVICE.clientTimeoutMs),
}

/** How the proxy and the client are set up, on either side. */
export function addServiceOptions(command: Command): Command {
  return command
    .option(
      '--balance <algorithm>',
      `the proxy's algorithm: ${BALANCES.join(', ')}`,
      oneOf(BALANCES),
      DEFAULT_SERVICE.balance,
    )
    .option(
      '--maxconn <n|none>',
      'requests that the proxy gives a server at once',
      String(DEFAULT_SERVICE.maxconn),
    )
    .option(
      '--queue-timeout <duration>',
      "longest wait in the proxy's queue",
      formatDuration(DEFAULT_SERVICE.queueTimeoutMs),
    )
    .option(
      '--client-timeout <duration>',
      'when a client gives up',
      formatDuration(DEFAULT_SERVICE.clientTimeoutMs),
    )
}

function oneOf<T extends string>(choices: readonly T[]) {
  return (text: string): T => {
    const choice = choices.find((candidate) => candidate === text)
    if (!choice) throw new InvalidArgumentError(`expected one of ${choices.join(', ')}`)
    return choice
  }
}

/** Everything that a run on either side is made of, read and checked. */
export type RunPlan = Simulation & { sla: Sla }

/**
 * @param adjust what further flags change, before a plan is made for a policy that needs one.
 * @throws UserError for whatever is wrong with the flags or the files that they name.
 */
export async function planRun(
  flags: RunFlags,
  adjust: (planned: RunPlan) => RunPlan = (planned) => planned,
): Promise<RunPlan> {
  const sla = parseSla(flags.sla)
  const policy = await loadPolicy(flags.policy)
  const parameters = parametersOf(policy, flags.set)
  const trace = await planTrace(flags)
  const model = await readModel(flags.model)
  const service = planService(flags)
  const control = planControl(flags, knowledgeOf(model, trace, service))
  const faults = planFaults(flags.fault ?? [], trace)
  const planned = adjust({
    trace,
    model,
    policy,
    parameters,
    control,
    service,
    seed: flags.seed,
    sla,
    faults,
  })
  if (policy.needs) checkStandby(planned.control, planned.model)
  return withOraclePlan(planned, sla)
}

/** @throws UserError also for a fault that would come after the trace's end. */
function planFaults(texts: readonly string[], { durationMs }: Trace): Fault[] {
  return texts.map((text) => {
    const fault = parseFault(text)
    if (fault.atMs < durationMs) return fault
    throw badInput({
      place: `--fault ${text}: the time`,
      value: formatDuration(fault.atMs),
      expected: `less than the trace's ${formatDuration(durationMs)}`,
    })
  })
}

export async function planTrace(flags: Omit<TraceFlags, 'seed'>): Promise<Trace> {
  let trace = await readTrace(flags.trace)
  if (flags.slice !== undefined) trace = sliced(trace, flags.slice)
  if (flags.mix !== undefined) trace = { ...trace, mix: parseMix(flags.mix) }
  if (flags.stretch !== undefined) trace = stretch(trace, flags.stretch)
  if (flags.peak !== undefined) trace = scaleToPeak(trace, flags.peak)
  return trace
}

function sliced(trace: Trace, text: string): Trace {
  const [from, to, ...rest] = text.split('..')
  if (from === undefined || to === undefined || rest.length > 0) {
    throw badInput({ place: '--slice', value: text, expected: 'FROM..TO such as 10s..40s' })
  }
  return slice(trace, parseDuration(from, '--slice'), parseDuration(to, '--slice'))
}

function planControl(flags: RunFlags, knowledge: Knowledge): ControlSettings {
  const { min, max, initial } = flags
  if (max < min) throw badInput({ place: '--max', value: max, expected: `at least --min, ${min}` })
  if (initial < min || initial > max) {
    throw badInput({ place: '--initial', value: initial, expected: `from --min ${min} to --max ${max}` })
  }
  const intervalMs = parseDuration(flags.interval, '--interval')
  const windowMs = parseDuration(flags.window, '--window')
  if (intervalMs < 100)
    throw badInput({ place: '--interval', value: flags.interval, expected: 'at least 100ms' })
  if (windowMs < intervalMs) {
    throw badInput({
      place: '--window',
      value: flags.window,
      expected: `at least --interval, ${flags.interval}`,
    })
  }
  return {
    intervalMs,
    windowMs,
    minReplicas: min,
    maxReplicas: max,
    initialReplicas: initial,
    standby: parseStandby(flags.standby),
    knowledge,
  }
}

function parseStandby(text: string): ControlSettings['standby'] {
  if (text === 'none') return null
  const match = /^(created|paused):(\d+)$/.exec(text)
  const size = Number(match?.[2])
  if (!match || size < 1 || size > 1000) {
    throw badInput({
      place: '--standby',
      value: text,
      expected: 'none, created:N or paused:N, N from 1 to 1000',
    })
  }
  return { method: match[1] as 'created' | 'paused', size }
}

export function planService(
  flags: Pick<RunFlags, 'balance' | 'maxconn' | 'queueTimeout' | 'clientTimeout'>,
): ServiceSettings {
  const maxconn = flags.maxconn === 'none' ? null : Number(flags.maxconn)
  if (maxconn !== null && !(Number.isInteger(maxconn) && maxconn >= 1 && maxconn <= 1e6)) {
    throw badInput({
      place: '--maxconn',
      value: flags.maxconn,
      expected: 'a whole number from 1 to 1000000, or none',
    })
  }
  return {
    balance: flags.balance,
    maxconn,
    queueTimeoutMs: positiveDuration(flags.queueTimeout, '--queue-timeout'),
    clientTimeoutMs: positiveDuration(flags.clientTimeout, '--client-timeout'),
  }
}

function positiveDuration(text: string, place: string): number {
  const ms = parseDuration(text, place)
  if (ms <= 0) throw badInput({ place, value: text, expected: 'a duration longer than 0ms' })
  return ms
}

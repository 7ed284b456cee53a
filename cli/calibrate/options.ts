import { join } from 'node:path'
import type { Command } from 'commander'
import { badInput } from '../../base/errors.ts'
import { parseDuration } from '../../base/units.ts'
import type { ScalingPace } from '../../live/calibrate/experiments.ts'
import type { SaturationPace } from '../../live/calibrate/nextRates.ts'
import { START_KINDS, STARTUP_PACE, type StartKind, type StartupPace } from '../../live/calibrate/startup.ts'
import { BALANCES, type ServiceSettings } from '../../record/schema.ts'
import { REQUEST_CLASSES } from '../../traces/index.ts'
import { addTestbedOptions, type TestbedFlags } from '../liveOptions.ts'
import { addServiceOptions, planService, type RunFlags, wholeNumber } from '../runOptions.ts'

export const KINDS = ['saturation', 'scaling', 'startup', 'all'] as const
export type Kind = (typeof KINDS)[number]

export interface CalibrateFlags
  extends TestbedFlags,
    Pick<RunFlags, 'balance' | 'maxconn' | 'queueTimeout' | 'clientTimeout'> {
  out: string
  force?: boolean
  mix: string
  seed: number
  thorough?: boolean
  step?: string
  rounds?: number
  variants?: boolean
  fleets: string
  starts: string
  balances?: string
  maxconns?: string
  dryRun?: boolean
  json?: boolean
}

export function addCalibrateOptions(command: Command): Command {
  return addTestbedOptions(addServiceOptions(command))
    .option(
      '--out <folder>',
      'where the records go; the same folder again goes on where it stopped',
      join('runs', 'calibration'),
    )
    .option('--force', 'measure anew what --out holds of these experiments')
    .option(
      '--mix <class=weight,...>',
      `request classes: ${REQUEST_CLASSES.join(', ')}`,
      'read=0.6,write=0.4',
    )
    .option('--seed <n>', 'seed of the arrivals', wholeNumber(0, 2 ** 31), 1)
    .option('--thorough', 'longer, for a model that is quoted')
    .option('--step <duration>', 'shortest step of the load; the rest shrinks or grows with it')
    .option(
      '--rounds <n>',
      'most rounds of a saturation, each placed by what the last has told',
      wholeNumber(1, 100),
    )
    .option(
      '--variants',
      'saturation: of the catalogue of settings, one factor at a time, instead of one setting',
    )
    .option('--fleets <n,...>', 'scaling: numbers of replicas', '1,2,4,8')
    .option('--balances <algorithm,...>', 'scaling: each of these in place of --balance')
    .option('--maxconns <n|none,...>', 'scaling: each of these in place of --maxconn')
    .option('--starts <kind,...>', 'startup: only these of its experiments', START_KINDS.join(','))
    .option('--dry-run', 'say what would be run and how long it takes, no more')
    .option('--json', 'print one JSON object instead of tables')
}

/** How long everything takes and how precise it has to be. */
export interface Pace {
  saturation: SaturationPace
  /** Of the CPU-bound work, whose capacity is only needed to choose the overload. */
  rough: SaturationPace
  scaling: ScalingPace
  startup: StartupPace
}

const QUICK: Pace = {
  saturation: { stepMs: 5000, roundMs: 70_000, rounds: 3, precision: 0.05 },
  rough: { stepMs: 4000, roundMs: 30_000, rounds: 2, precision: 0.1 },
  scaling: { lightMs: 5000, overloadMs: 8000 },
  startup: STARTUP_PACE.quick,
}
const THOROUGH: Pace = {
  saturation: { stepMs: 10_000, roundMs: 180_000, rounds: 6, precision: 0.02 },
  rough: { stepMs: 10_000, roundMs: 60_000, rounds: 3, precision: 0.05 },
  scaling: { lightMs: 20_000, overloadMs: 20_000 },
  startup: STARTUP_PACE.thorough,
}

/** @throws UserError where --step is no duration. */
export function planPace({ thorough, step, rounds, starts }: CalibrateFlags): Pace {
  const base = thorough ? THOROUGH : QUICK
  const stepMs = step === undefined ? base.saturation.stepMs : parseDuration(step, '--step')
  if (stepMs < 500) throw badInput({ place: '--step', value: step, expected: 'at least 500ms' })
  const factor = stepMs / base.saturation.stepMs
  const scaled = (pace: SaturationPace): SaturationPace => ({
    ...pace,
    stepMs: pace.stepMs * factor,
    roundMs: pace.roundMs * factor,
    rounds: Math.min(rounds ?? Number.POSITIVE_INFINITY, pace.rounds),
  })
  return {
    ...base,
    saturation: { ...scaled(base.saturation), rounds: rounds ?? base.saturation.rounds },
    rough: scaled(base.rough),
    scaling: {
      lightMs: base.scaling.lightMs * factor,
      overloadMs: base.scaling.overloadMs * factor,
    },
    startup: { ...base.startup, kinds: parseStarts(starts) },
  }
}

export function parseKind(text: string): Kind {
  const kind = KINDS.find((candidate) => candidate === text)
  if (!kind) throw badInput({ place: 'the experiment', value: text, expected: `one of ${KINDS.join(', ')}` })
  return kind
}

/** `cold,loaded`: of the start-up experiments those that are wanted, in the order in which they are run. */
export function parseStarts(text: string): StartKind[] {
  const wanted = text.split(',')
  const wrong = wanted.find((name) => !START_KINDS.some((kind) => kind === name))
  if (wrong !== undefined)
    throw badInput({ place: '--starts', value: wrong, expected: `some of ${START_KINDS.join(', ')}` })
  return START_KINDS.filter((kind) => wanted.includes(kind))
}

/** `1,2,4,8`, in rising order. */
export function parseFleets(text: string): number[] {
  const fleets = [...new Set(text.split(',').map(Number))].sort((a, b) => a - b)
  if (!fleets.every((n) => Number.isInteger(n) && n >= 1 && n <= 100)) {
    throw badInput({
      place: '--fleets',
      value: text,
      expected: 'whole numbers from 1 to 100 such as 1,2,4,8',
    })
  }
  return fleets
}

/** The service of the flags, with each algorithm and each limit that --balances and --maxconns name. */
export function parseServices(flags: CalibrateFlags): ServiceSettings[] {
  const balances = flags.balances?.split(',') ?? [flags.balance]
  const maxconns = flags.maxconns?.split(',') ?? [flags.maxconn]
  return balances.flatMap((text) => {
    const balance = BALANCES.find((candidate) => candidate === text)
    if (!balance) {
      throw badInput({ place: '--balances', value: text, expected: `some of ${BALANCES.join(', ')}` })
    }
    return maxconns.map((maxconn) => planService({ ...flags, balance, maxconn }))
  })
}

import { formatDuration } from '../../base/units.ts'
import { guessCapacityPerS, scalingMs } from '../../live/calibrate/experiments.ts'
import { longestMs, type SaturationPace } from '../../live/calibrate/nextRates.ts'
import { type StartupPace, startupMs } from '../../live/calibrate/startup.ts'
import type { ServiceSettings } from '../../record/schema.ts'
import type { Setting } from './calibration.ts'
import type { Kind, Pace } from './options.ts'
import { cpuBoundSetting, variantsOf, withProxy } from './settings.ts'

/** One experiment in one setting. `one` of a scaling: the setting whose saturation tells how much is an overload. */
export type Task =
  | { kind: 'saturation'; setting: Setting; pace: SaturationPace; isMeans: boolean }
  | { kind: 'scaling'; setting: Setting; one: Setting; fleets: readonly number[] }
  | { kind: 'startup'; setting: Setting; pace: StartupPace }

export interface Wish {
  kind: Kind
  variants: boolean
  out: string
  plain: Setting
  services: readonly ServiceSettings[]
  fleets: readonly number[]
}

/** In `all` the CPU-bound work stops at this number: twice the cores of a small machine show where they end the scaling. */
const CPU_BOUND_FLEET_IN_ALL = 4

export function tasksOf({ kind, variants, out, plain, services, fleets }: Wish, pace: Pace): Task[] {
  const saturationOf = (setting: Setting, own: SaturationPace, isMeans = false): Task => ({
    kind: 'saturation',
    setting,
    pace: own,
    isMeans,
  })
  const scalingOf = (one: Setting, sizes: readonly number[]): Task[] =>
    services.map((service) => ({
      kind: 'scaling',
      setting: withProxy(out, one, service),
      one,
      fleets: sizes,
    }))
  // Of a service of one's own nobody knows what would keep a core busy.
  const cpuBound = plain.app.own ? null : cpuBoundSetting(out, plain)
  const scalings = (isMeans: boolean, cpuFleets: readonly number[]) => [
    saturationOf(plain, pace.saturation, isMeans),
    ...scalingOf(plain, fleets),
    ...(cpuBound ? [saturationOf(cpuBound, pace.rough, isMeans), ...scalingOf(cpuBound, cpuFleets)] : []),
  ]
  switch (kind) {
    case 'saturation':
      return (variants ? variantsOf(out, plain) : [plain]).map((setting) =>
        saturationOf(setting, pace.saturation),
      )
    case 'scaling':
      return scalings(true, fleets)
    case 'startup':
      return [{ kind, setting: plain, pace: pace.startup }]
    case 'all':
      return [
        ...scalings(
          false,
          fleets.filter((n) => n <= CPU_BOUND_FLEET_IN_ALL),
        ),
        { kind: 'startup', setting: plain, pace: pace.startup },
        ...(cpuBound ? startsBesideWork(cpuBound, pace.startup) : []),
      ]
  }
}

/** How starts and busy replicas slow each other: so many starts as the shortest pace has of each kind would tell little. */
const FEWEST_BESIDE_WORK = { single: 6, together: 1 }

function startsBesideWork(setting: Setting, { kinds, rounds }: StartupPace): Task[] {
  if (!kinds.includes('loaded')) return []
  const own = {
    single: Math.max(rounds.single, FEWEST_BESIDE_WORK.single),
    together: Math.max(rounds.together, FEWEST_BESIDE_WORK.together),
  }
  return [{ kind: 'startup', setting, pace: { kinds: ['loaded'], rounds: own } }]
}

/** Time that a run takes besides its steps: its first replica and the proxy come up, a lead-in, its last requests end, all is removed. */
const AROUND_A_RUN_MS = 6000
const EACH_FURTHER_REPLICA_MS = 1000

/** How long a task takes, about, ms: a saturation at most, the others always. */
export function taskMs(task: Task, pace: Pace): number {
  switch (task.kind) {
    case 'saturation': {
      const guessPerS = guessCapacityPerS(task.setting.app, task.setting.mix)
      return longestMs(task.pace, guessPerS) + task.pace.rounds * AROUND_A_RUN_MS
    }
    case 'scaling':
      return task.fleets.reduce(
        (sum, n) => sum + scalingMs(n, pace.scaling) + AROUND_A_RUN_MS + n * EACH_FURTHER_REPLICA_MS,
        0,
      )
    case 'startup':
      return task.pace.kinds.length * (startupMs(task.pace) + AROUND_A_RUN_MS)
  }
}

/** What would be run, one line each, and how long all of it takes at most. */
export function planLines(tasks: readonly Task[], pace: Pace): string[] {
  const lines = tasks.map((task) => {
    const runs = task.kind === 'scaling' ? ` of ${task.fleets.join(', ')} replicas` : ''
    return `  ${task.kind}${runs}: ${task.setting.label}, about ${shown(taskMs(task, pace))}, in ${task.setting.folder}`
  })
  const ms = tasks.reduce((sum, task) => sum + taskMs(task, pace), 0)
  return [
    ...lines,
    `about ${shown(ms)} in all, less what has been measured already and where a capacity is known sooner`,
  ]
}

const shown = (ms: number) => formatDuration(Math.ceil(ms / 1000) * 1000)

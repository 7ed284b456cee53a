import type { Command } from 'commander'
import { badInput } from '../base/errors.ts'
import { parseDuration } from '../base/units.ts'
import { parseRateLimit } from '../control/rateLimit.ts'
import { DEFAULT_HEALTH } from '../control/service.ts'
import { FAULTS, faultText } from '../record/faults.ts'
import type { ClientRetries } from '../record/schema.ts'
import { PLAIN_CONTAINER } from '../sim/assemble.ts'
import type { Model } from '../sim/model.ts'
import { checkStandby } from '../sim/plant.ts'
import { planRun, type RunFlags, type RunPlan } from './runOptions.ts'
import { sameWork } from './sameWork.ts'

/** What only the simulator can do, so far. */
export interface SimFlags extends RunFlags {
  retries: string
  queueLimit: string
  frontendLimit: string
  slowstart: string
  health: string
  rateLimit?: string
  work?: string
}

export function addSimOptions(command: Command): Command {
  return command
    .option(
      '--retries <n:pause|none>',
      'clients try again: 2:100ms is twice, after 50..100, 100..200 ms',
      'none',
    )
    .option('--queue-limit <n|none>', "requests in the proxy's queue; further ones are answered 503", 'none')
    .option(
      '--frontend-limit <n|none>',
      'requests that the proxy has open at once; further ones knock',
      'none',
    )
    .option('--slowstart <duration>', 'over which a new server gets its whole share', '0ms')
    .option('--health <on|off>', 'health checks as the real proxy makes them', 'on')
    .option('--rate-limit <text>', "a replica's own: off, '10 per second', '10 per second moving'", undefined)
}

/** @throws UserError for whatever is wrong with the flags or the files that they name. */
export async function planSimulation(flags: SimFlags): Promise<RunPlan> {
  const plan = await planRun(flags, (planned) => withSimFlags(planned, flags))
  return flags.work === undefined ? plan : { ...plan, ...(await sameWork(flags.work, plan)) }
}

function withSimFlags(plan: RunPlan, flags: SimFlags): RunPlan {
  const planned: RunPlan = {
    ...plan,
    model: withRateLimit(plan.model, flags.rateLimit),
    service: {
      ...plan.service,
      health: onOff(flags.health) ? DEFAULT_HEALTH : null,
      retries: parseRetries(flags.retries),
      queueLimit: parseLimit(flags.queueLimit, '--queue-limit', 0),
      frontendMaxconn: parseLimit(flags.frontendLimit, '--frontend-limit', 1),
      slowstartMs: parseDuration(flags.slowstart, '--slowstart'),
    },
  }
  checkStandby(planned.control, planned.model)
  checkFaults(planned)
  return planned
}

function checkFaults({ faults = [] }: RunPlan): void {
  const foreign = faults.find(({ kind }) => FAULTS[kind].side === 'live')
  if (!foreign) return
  throw badInput({
    place: '--fault',
    value: faultText(foreign),
    expected: 'what the simulator has',
    remedy: `It has no ${foreign.kind}: ${FAULTS[foreign.kind].says}. live run has it`,
  })
}

function onOff(text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on'
  throw badInput({ place: '--health', value: text, expected: 'on or off' })
}

/** `2:100ms`: pauses of 100 ms, 200 ms, each times a draw from [1/2, 1]. */
function parseRetries(text: string): ClientRetries | null {
  if (text === 'none') return null
  const [most, pause, ...rest] = text.split(':')
  const number = Number(most)
  if (!(Number.isInteger(number) && number >= 1 && number <= 100) || pause === undefined || rest.length > 0) {
    throw badInput({
      place: '--retries',
      value: text,
      expected: 'none or N:PAUSE such as 2:100ms, N from 1 to 100',
    })
  }
  return { most: number, backoffMs: parseDuration(pause, '--retries'), factor: 2, jitter: 0.5 }
}

function parseLimit(text: string, place: string, least: number): number | null {
  if (text === 'none') return null
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= 1e6) return value
  throw badInput({ place, value: text, expected: `a whole number from ${least} to 1000000, or none` })
}

/** The model with this rate limit in each replica, as the application is told it; undefined leaves the model's own. */
export function withRateLimit(model: Model, text: string | undefined): Model {
  if (text === undefined) return model
  return {
    ...model,
    container: { ...(model.container ?? PLAIN_CONTAINER), rateLimit: parseRateLimit(text, '--rate-limit') },
  }
}

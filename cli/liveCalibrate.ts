import type { Command } from 'commander'
import { assert } from '../base/assert.ts'
import { UserError } from '../base/errors.ts'
import { refuseInvalid } from './believe.ts'
import { Calibration, type Setting } from './calibrate/calibration.ts'
import {
  addCalibrateOptions,
  type CalibrateFlags,
  KINDS,
  type Pace,
  parseFleets,
  parseKind,
  parseServices,
  planPace,
} from './calibrate/options.ts'
import { planLines, type Task, tasksOf } from './calibrate/plan.ts'
import { saturationText, scalingsText, scalingText, variantsText } from './calibrate/report.ts'
import { type Saturation, saturationStudy } from './calibrate/saturationStudy.ts'
import { type Scaling, scalingStudy } from './calibrate/scalingStudy.ts'
import { plainSetting } from './calibrate/settings.ts'
import { startupStudy } from './calibrate/startupStudy.ts'
import { type StartRow, type StopRow, startRows, startupTable, stopRows } from './calibrate/startupTable.ts'
import { interruptible } from './interrupt.ts'
import { planApp } from './liveOptions.ts'
import { parseMix } from './mix.ts'
import { print, printJson, remark } from './program.ts'
import { planService } from './runOptions.ts'

const HELP = `
saturation  steps of the rate to one replica, in rounds: each puts its steps where the last found the knee
scaling     1, 2, 4, 8 replicas, sleeping and CPU-bound work, each lightly loaded and overloaded by what
            one of them can carry (measured first, unless --out has it)
startup     replicas start and stop: cold, created and paused ones while nothing is asked, cold ones beside a busy fleet
all         the three of them, the CPU-bound work up to 4 replicas, and starts beside it

--variants changes one factor at a time: delay off and heavy (lognormal:200:1); rate limit 10/s, and 10/s and
50/s without delay (with it one replica does not get there); read, write and compress alone.
sim fit wants the records in OUT/service; those in the other folders are of other settings.`

/** live calibrate: the experiments from which sim fit makes a model. */
export function liveCalibrate(program: Command): void {
  const command = program
    .command('calibrate')
    .description('measure the service: saturation of one replica, scaling over several, start-up times')
    .argument('<kind>', KINDS.join(', '))
  addCalibrateOptions(command)
    .addHelpText('after', HELP)
    .action((kind: string, flags: CalibrateFlags) =>
      interruptible((signal) => calibrate(kind, flags, signal)),
    )
}

/** Everything that was found. */
interface Findings {
  saturation: Saturation[]
  scaling: Scaling[]
  startup: { setting: Setting; starts: StartRow[]; stops: StopRow[] }[]
}

async function calibrate(kindText: string, flags: CalibrateFlags, signal: AbortSignal): Promise<void> {
  const kind = parseKind(kindText)
  const { out, seed, port, force = false, variants = false, json } = flags
  if (variants && kind !== 'saturation')
    throw new UserError(`--variants goes with live calibrate saturation, not with ${kind}`)
  if (variants && flags.image !== undefined)
    throw new UserError('--variants are settings of the object store: a service of --image has none of them')
  const pace = planPace(flags)
  const plain = plainSetting(out, {
    app: planApp(flags),
    service: planService(flags),
    mix: parseMix(flags.mix),
  })
  const services = parseServices(flags)
  const tasks = tasksOf({ kind, variants, out, plain, services, fleets: parseFleets(flags.fleets) }, pace)
  for (const line of planLines(tasks, pace)) remark(line)
  if (flags.dryRun) return
  const calibration = new Calibration({ seed, port, force }, signal)
  const findings: Findings = { saturation: [], scaling: [], startup: [] }
  for (const task of tasks) {
    const text = await perform(task, { calibration, pace, findings })
    if (!json) print(`${text}\n`)
  }
  if (json)
    printJson({
      ...findings,
      records: calibration.used.map(({ header, ...rest }) => ({ ...rest, verdict: header.verdict })),
    })
  else await summarise(findings)
  // A model is of one setting: the variants are to be looked at.
  remark(`records in ${out}${variants ? '' : `; next: sim fit ${plain.folder} -o model.json`}`)
  refuseInvalid(calibration.used)
}

/** Measures one task, adds what it found, and tells it as text. */
async function perform(
  task: Task,
  { calibration, pace, findings }: { calibration: Calibration; pace: Pace; findings: Findings },
): Promise<string> {
  const { setting } = task
  switch (task.kind) {
    case 'saturation': {
      if (!task.isMeans) await calibration.startOver(setting.folder, 'saturation-')
      const found = await saturationStudy(calibration, setting, task.pace)
      findings.saturation.push(found)
      return saturationText(found)
    }
    case 'scaling': {
      await calibration.startOver(setting.folder, 'scaling-')
      const one = findings.saturation.find((other) => other.setting === task.one)
      assert(one, 'a scaling before the saturation of its setting')
      const found = await scalingStudy(calibration, setting, { ...task, one, pace: pace.scaling })
      findings.scaling.push(found)
      return scalingText(found)
    }
    case 'startup': {
      await calibration.startOver(setting.folder, 'startup')
      const records = await startupStudy(calibration, setting, task.pace)
      findings.startup.push({ setting, starts: startRows(records), stops: stopRows(records) })
      return `${setting.label}: starts and stops\n\n${await startupTable(records)}`
    }
  }
}

/** Settings beside each other, where there are several. */
async function summarise({ saturation, scaling }: Findings): Promise<void> {
  if (saturation.length > 2) print(`${await variantsText(saturation)}\n`)
  if (scaling.length > 2) print(`${await scalingsText(scaling)}\n`)
}

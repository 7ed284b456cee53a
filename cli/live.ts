import { liveCalibrate } from './liveCalibrate.ts'
import { liveExperiment } from './liveExperiment.ts'
import { liveLoad } from './liveLoad.ts'
import { liveRun } from './liveRun.ts'
import { liveTest } from './liveTest.ts'
import { liveTestbed } from './liveTestbed.ts'
import { liveValidate } from './liveValidate.ts'
import { main, makeProgram } from './program.ts'

const program = makeProgram(
  'live',
  'What does this autoscaling policy do to the real service? The live side of ScaleTwin.',
)
for (const add of [liveTestbed, liveTest, liveLoad, liveCalibrate, liveRun, liveValidate, liveExperiment])
  add(program)
await main(program)

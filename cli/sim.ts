import { main, makeProgram } from './program.ts'
import { simAdvise } from './simAdvise.ts'
import { simCompare } from './simCompare.ts'
import { simFit } from './simFit.ts'
import { simList } from './simList.ts'
import { simMerge } from './simMerge.ts'
import { simPlot } from './simPlot.ts'
import { simReplay } from './simReplay.ts'
import { simReport } from './simReport.ts'
import { simRun } from './simRun.ts'
import { simTune } from './simTune.ts'
import { simUi } from './simUi.ts'
import { simWorker } from './simWorker.ts'

const program = makeProgram(
  'sim',
  'What will this autoscaling policy do to my service? The simulated side of ScaleTwin.',
)
for (const add of [
  simRun,
  simFit,
  simCompare,
  simReplay,
  simPlot,
  simReport,
  simList,
  simTune,
  simAdvise,
  simWorker,
  simMerge,
  simUi,
])
  add(program)
await main(program)

/**
 * One run of one case by ScaleTwin, for bench/bench.ts, as a process of its own: its CPU time and memory
 * are those of the whole process, so starting Node and warming up are in them.
 *
 *     node bench/scaletwin.ts CASE REQUESTS [SEED]     prints one line, the Result of bench/contenders.ts
 *
 * All that the benchmark knows of the simulator is here and in bench/simulations.ts and bench/sink.ts.
 */
import { monotonicMs } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import type { RunSink } from '../record/sink.ts'
import { Recorder } from '../sim/recorder.ts'
import { runSimulation } from '../sim/run.ts'
import { casesByName } from './cases.ts'
import { simulationOf } from './simulations.ts'
import { BenchSink } from './sink.ts'

const [name = '', requests = '', seed = '1'] = process.argv.slice(2)
if (!(Number(requests) > 0 && Number(seed) >= 0)) {
  throw new UserError('usage: scaletwin.ts CASE REQUESTS [SEED]')
}
const bench = casesByName([name])[0]!
const statistics = new BenchSink()
const recorder = new Recorder()
const sink = bench.records ? both(recorder, statistics) : statistics
const { retries } = runSimulation(simulationOf(bench.model, Number(requests), Number(seed)), sink)
const kept = bench.records ? recorder.record().requests.intendedMs.length : 0
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
const result = {
  requests: statistics.requests,
  cpuS: (userCPUTime + systemCPUTime) / 1e6,
  wallS: monotonicMs() / 1000, // counts from the start of the process
  maxRssMb: maxRSS / 1024,
  ...statistics.results(),
  retries,
  kept,
}
process.stdout.write(`${JSON.stringify(result)}\n`)

function both(a: RunSink, b: RunSink): RunSink {
  return {
    start(run, classes) {
      a.start(run, classes)
      b.start(run, classes)
    },
    request(ended, slot) {
      a.request(ended, slot)
      b.request(ended, slot)
    },
    tick(row) {
      a.tick(row)
      b.tick(row)
    },
    replica(event) {
      a.replica(event)
      b.replica(event)
    },
  }
}

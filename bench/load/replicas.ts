import { quantile } from 'simple-statistics'
import { monotonicMs, runClock, sleep } from '../../base/clock.ts'
import { table } from '../../cli/output.ts'
import { main, makeProgram, print, printJson, remark } from '../../cli/program.ts'
import { wholeNumber } from '../../cli/runOptions.ts'
import { DEFAULT_CONTROL, DEFAULT_SERVICE } from '../../control/service.ts'
import { makeController, startController, tick } from '../../control/tick.ts'
import { DEFAULT_APP } from '../../live/appSettings.ts'
import { generateLoad } from '../../live/load/loadgen.ts'
import { prepareObjects } from '../../live/load/prepareObjects.ts'
import { LivePlant } from '../../live/plant.ts'
import { openTestbed, type Testbed } from '../../live/testbed.ts'
import { parametersOf } from '../../policies/parameters.ts'
import { pid } from '../../policies/pid.ts'
import { NO_KNOWLEDGE } from '../../policies/policy.ts'
import { poisson } from './arrivals.ts'
import { familyOf } from './processes.ts'

/** Replicas that start at once: more only wait for the cores. */
const STEP = 10
const TICK_MS = 1000

interface Flags {
  replicas: number
  ticks: number
  rate: number
  json?: boolean
}

const program = makeProgram(
  'bench:replicas',
  'whether many replicas are managed within a tick of the controller',
)
  .option('--replicas <n>', 'how many', wholeNumber(1, 240), 200)
  .option('--ticks <n>', 'how many ticks are measured', wholeNumber(5, 3600), 60)
  .option('--rate <n>', 'requests a second meanwhile', wholeNumber(1, 1000), 50)
  .option('--json', 'print one JSON object instead of a table')
  .addHelpText(
    'after',
    '\nA start takes half a second of a core and 25 MiB. Exit code 1: a tick was longer than its interval.',
  )
  .action(run)

await main(program)

/** Of each part of a tick, ms of wall time. */
type Parts = Record<'read' | 'decide' | 'list' | 'tick', number[]>

async function run({ replicas, ticks, rate, json }: Flags): Promise<void> {
  const now = runClock()
  let plant: LivePlant | null = null
  const onEntry = (entry: Parameters<LivePlant['noteEntry']>[0]) => plant?.noteEntry(entry)
  const app = { ...DEFAULT_APP, delay: 'constant:50' }
  const open = { service: DEFAULT_SERVICE, app, port: 0, ownerPid: process.pid, now, onEntry, say: remark }
  const testbed = await openTestbed(open)
  try {
    const problems: string[] = []
    plant = new LivePlant(testbed, now, { onEvent: () => {}, onProblem: (problem) => problems.push(problem) })
    const startedMs = monotonicMs()
    for (let wanted = STEP; wanted < replicas + STEP; wanted += STEP) {
      plant.scaleTo(Math.min(wanted, replicas))
      await plant.settle()
      remark(`${plant.statuses().length} replicas after ${((monotonicMs() - startedMs) / 1000).toFixed(0)} s`)
    }
    await prepareObjects({ url: testbed.url })
    const measured = await measure(testbed, plant, { replicas, ticks, rate })
    await report({ replicas, ticks, rate, problems, ...measured }, json ?? false)
  } finally {
    await plant?.close()
    await testbed.close()
  }
}

async function measure(testbed: Testbed, plant: LivePlant, { replicas, ticks, rate }: Omit<Flags, 'json'>) {
  const settings = {
    ...DEFAULT_CONTROL,
    minReplicas: replicas,
    maxReplicas: replicas,
    initialReplicas: replicas,
  }
  const controller = makeController(pid, parametersOf(pid, []), { ...settings, knowledge: NO_KNOWLEDGE })
  let state = startController(controller)
  const parts: Parts = { read: [], decide: [], list: [], tick: [] }
  const clock = runClock()
  const cpuBefore = cpuByName()
  const arrivals = poisson({ ratePerS: rate, durationMs: ticks * TICK_MS, seed: 1 })
  const load = generateLoad({
    url: testbed.url,
    arrivals,
    seed: 1,
    now: clock,
    timeoutMs: 10_000,
    onDone: () => {},
  })
  for (let i = 1; i <= ticks; i++) {
    await sleep(i * TICK_MS - clock())
    const startMs = monotonicMs()
    const signals = await plant.read()
    const readMs = monotonicMs()
    const result = tick(controller, state, { ...signals, atMs: clock() }, i * TICK_MS)
    state = result.state
    plant.scaleTo(replicas)
    const decidedMs = monotonicMs()
    await testbed.replicaStates()
    parts.read.push(readMs - startMs)
    parts.decide.push(decidedMs - readMs)
    parts.tick.push(decidedMs - startMs)
    parts.list.push(monotonicMs() - decidedMs)
  }
  const { lateness, byOutcome } = await load
  return { parts, lateness, byOutcome, cpuPerS: coresUsed(cpuBefore, ticks) }
}

/** CPU time of this process and of what it started (the engine's service and its helpers), ms. */
function cpuByName(): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { pid: id, name, cpuMs } of familyOf(process.pid)) {
    const who = id === process.pid ? 'controller and generator' : name
    sums.set(who, (sums.get(who) ?? 0) + cpuMs)
  }
  return sums
}

function coresUsed(before: ReadonlyMap<string, number>, ticks: number): Record<string, number> {
  const used = [...cpuByName()].map(
    ([name, ms]) => [name, (ms - (before.get(name) ?? 0)) / (ticks * TICK_MS)] as const,
  )
  return Object.fromEntries(used.filter(([, cores]) => cores > 0.001))
}

async function report(
  found: Awaited<ReturnType<typeof measure>> & Omit<Flags, 'json'> & { problems: string[] },
  json: boolean,
): Promise<void> {
  const { parts, cpuPerS, lateness, byOutcome, problems } = found
  const told = Object.entries({
    "reading the proxy's counters and the replicas": parts.read,
    'observing, deciding, asking for replicas': parts.decide,
    'a whole tick': parts.tick,
    "listing the containers (the plant's watch)": parts.list,
  }).map(([what, ms]) => [what, ...[0.5, 0.99, 1].map((p) => `${quantile(ms, p).toFixed(1)} ms`)])
  if (json) printJson(found)
  else {
    const cores = Object.entries(cpuPerS).map(([name, share]) => `${name} ${share.toFixed(3)}`)
    print(
      await table(
        [`${found.replicas} replicas, ${found.ticks} ticks, ${found.rate} requests/s`, 'p50', 'p99', 'max'],
        told,
      ),
    )
    print(`cores used: ${cores.join(', ')}`)
    print(
      `generator late by p99 ${lateness?.p99.toFixed(2)} ms; ${JSON.stringify(byOutcome)}; problems: ${problems.join('; ') || 'none'}`,
    )
  }
  if (quantile(parts.tick, 0.99) > TICK_MS) process.exitCode = 1
}

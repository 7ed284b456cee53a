import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { max, median } from 'simple-statistics'
import { runClock, sleep } from '../../base/clock.ts'
import { table } from '../../cli/output.ts'
import { main, makeProgram, print, printJson, remark } from '../../cli/program.ts'
import { wholeNumber } from '../../cli/runOptions.ts'
import { allProcesses, familyOf, type ProcessState } from './processes.ts'
import { type Slope, theilSen } from './slope.ts'

/** A process may grow by less and still be called flat: half a GiB in a day, or as many open files. */
const FLAT_PER_H = 20
const SAMPLE_S = 5
/** Caches, compiled code and the first scale-outs are no leak. */
const WARM_UP_SHARE = 0.2
/** A heap that has not been collected a few times shows no slope. */
const SHORTEST_S = 600
/** Exit codes of a run that went to its end; 4 is one whose generator was late, which is no matter here. */
const RAN = [0, 4]
/** One tooth of the load. */
const TOOTH_S = 60
const PEAK_PER_S = 40
const KILL_EVERY_S = 97

/** Of whom the memory is watched. */
const WHO = ['controller', 'engine', 'proxy'] as const

interface Flags {
  minutes: number
  json?: boolean
}

const program = makeProgram('soak', 'a live run with churn: does its memory stay flat?')
  .option('--minutes <n>', 'how long', wholeNumber(1, 24 * 60), 30)
  .option('--json', 'print one JSON object with every sample instead of a table')
  .addHelpText(
    'after',
    '\nA verdict needs a quarter of an hour. Exit code 1: something grew, was left behind, or the run failed.',
  )
  .action(run)

await main(program)

interface Sample {
  atS: number
  rssMib: Record<(typeof WHO)[number], number | null>
  fds: Record<(typeof WHO)[number], number | null>
  /** Containers of the run, by their monitors. */
  containers: number
}

async function run({ minutes, json }: Flags): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'scaletwin-soak-'))
  try {
    const trace = join(folder, 'sawtooth.json')
    await writeFile(trace, JSON.stringify(sawtooth(minutes)))
    const out = join(folder, 'record')
    const { samples, exitCode, runId } = await watchRun(liveRunWords({ trace, out, minutes }), remark)
    const left = allProcesses().filter(
      ({ command }) => runId !== null && command.includes(`scaletwin-${runId}-`),
    )
    const fileKib = await fileSizes(out)
    await report({ minutes, samples, exitCode, left: left.length, fileKib }, json ?? false)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function sawtooth(minutes: number) {
  const teeth = Math.ceil((minutes * 60) / TOOTH_S)
  const points = Array.from({ length: teeth }, (_, i) => [
    { at: `${i * TOOTH_S}s`, ratePerS: PEAK_PER_S / 4 },
    { at: `${(i + 1) * TOOTH_S}s`, ratePerS: PEAK_PER_S },
  ])
  const mix = { read: 0.8, write: 0.15, list: 0.05 }
  return {
    schema: 1,
    name: 'sawtooth',
    description: 'for the soak',
    process: 'poisson',
    mix,
    load: { kind: 'rate', points: points.flat() },
  }
}

function liveRunWords({ trace, out, minutes }: { trace: string; out: string; minutes: number }): string[] {
  const kills = Math.floor((minutes * 60 - 10) / KILL_EVERY_S)
  const faults = Array.from({ length: kills }, (_, i) => ['--fault', `kill:0@${(i + 1) * KILL_EVERY_S}s`])
  const policy = [
    '--policy',
    join(import.meta.dirname, 'churn.ts'),
    '--min',
    '2',
    '--max',
    '6',
    '--initial',
    '2',
  ]
  return [
    'run',
    ...policy,
    '--trace',
    trace,
    '--delay',
    'constant:50',
    '--out',
    out,
    '--json',
    ...faults.flat(),
  ]
}

/** Looks at the run from outside, so that looking costs it nothing. */
async function watchRun(words: readonly string[], say: (line: string) => void) {
  const child = execa(join(import.meta.dirname, '../../bin/live'), words, {
    reject: false,
    stderr: 'inherit',
  })
  let ended = false
  void child.then(() => {
    ended = true
  })
  const samples: Sample[] = []
  const now = runClock()
  let runId: string | null = null
  process.once('SIGINT', () => child.kill('SIGINT'))
  while (!ended) {
    await Promise.race([sleep(SAMPLE_S * 1000), child])
    const all = allProcesses()
    const family = familyOf(child.pid!, all)
    runId ??= /([0-9a-f]{8})\/podman\.sock/.exec(family.map(({ command }) => command).join(' '))?.[1] ?? null
    if (ended || runId === null) continue
    samples.push(sampleOf(now() / 1000, { family, all, runId }))
    if (samples.length % 60 === 0)
      say(`${(now() / 60_000).toFixed(0)} minutes: ${JSON.stringify(samples.at(-1))}`)
  }
  return { samples, exitCode: (await child).exitCode ?? 1, runId }
}

function sampleOf(atS: number, seen: { family: ProcessState[]; all: ProcessState[]; runId: string }): Sample {
  const { family, all, runId } = seen
  const monitors = all.filter(
    ({ name, command }) => name === 'conmon' && command.includes(` scaletwin-${runId}-`),
  )
  const proxyMonitor = monitors.find(({ command }) => command.includes(`scaletwin-${runId}-proxy `))
  const proxies = proxyMonitor ? familyOf(proxyMonitor.pid, all).filter(({ name }) => name === 'haproxy') : []
  const processes = {
    controller: family[0],
    engine: family.find(({ command }) => command.includes('podman.sock')),
    // The worker, which has the connections; its master started it.
    proxy: proxies.at(-1),
  }
  const each = (of: 'rssMib' | 'fds') =>
    Object.fromEntries(WHO.map((who) => [who, processes[who]?.[of] ?? null])) as Sample['rssMib']
  return { atS, rssMib: each('rssMib'), fds: each('fds'), containers: monitors.length }
}

async function fileSizes(folder: string): Promise<Record<string, number>> {
  const names = await readdir(folder).catch(() => [])
  const sizes = names.map(
    async (name) => [name, Math.round((await stat(join(folder, name))).size / 1024)] as const,
  )
  return Object.fromEntries(await Promise.all(sizes))
}

interface Found {
  minutes: number
  samples: Sample[]
  exitCode: number
  /** Processes of the run that outlived it. */
  left: number
  /** Of the record. */
  fileKib: Record<string, number>
}

interface Growth {
  who: (typeof WHO)[number]
  unit: 'MiB' | 'files'
  perHour: Slope
  median: number
  max: number
  verdict: 'flat' | 'grows' | 'not determined'
}

/** Of memory and of open files. */
function growthOf(samples: readonly Sample[]): Growth[] {
  const late = samples.slice(Math.ceil(samples.length * WARM_UP_SHARE))
  return WHO.flatMap((who) =>
    (['rssMib', 'fds'] as const).flatMap((of) => {
      const points = late.flatMap(({ atS, [of]: values }) =>
        values[who] === null ? [] : [[atS / 3600, values[who]] as const],
      )
      if (points.length < 3) return []
      const perHour = theilSen(points)
      const known = (points.at(-1)![0] - points[0]![0]) * 3600 >= SHORTEST_S
      const verdict =
        known && perHour.hi <= FLAT_PER_H
          ? 'flat'
          : known && perHour.lo > FLAT_PER_H
            ? 'grows'
            : 'not determined'
      const values = points.map(([, y]) => y)
      return [
        {
          who,
          unit: of === 'rssMib' ? 'MiB' : 'files',
          perHour,
          median: median(values),
          max: max(values),
          verdict,
        } as const,
      ]
    }),
  )
}

async function report(found: Found, json: boolean): Promise<void> {
  const growth = growthOf(found.samples)
  if (json) printJson({ ...found, growth })
  else {
    const rows = growth.map(({ who, unit, perHour, median: middle, max: most, verdict }) => [
      `${who}, ${unit}`,
      `${perHour.estimate.toFixed(1)} (${perHour.lo.toFixed(1)} to ${perHour.hi.toFixed(1)})`,
      middle.toFixed(1),
      most.toFixed(1),
      verdict,
    ])
    print(await table([`${found.minutes} minutes`, 'growth an hour, 95 %', 'median', 'most', ''], rows))
    const containers = found.samples.map((sample) => sample.containers)
    print(
      `containers: ${Math.min(...containers)} to ${Math.max(...containers)}; processes left: ${found.left}; exit code ${found.exitCode}`,
    )
    print(
      `record, KiB: ${Object.entries(found.fileKib)
        .map(([name, kib]) => `${name} ${kib}`)
        .join(', ')}`,
    )
  }
  if (!RAN.includes(found.exitCode) || found.left > 0 || growth.some(({ verdict }) => verdict === 'grows'))
    process.exitCode = 1
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import { messageOf } from '../base/errors.ts'
import { type BenchCase, type ContenderName, periodsOf } from './cases.ts'

/** What a process says of its run: the one JSON line of every contender. */
const resultSchema = z.object({
  /** That arrived; the full model's number is random. */
  requests: z.number(),
  /** User and system time: of C and SimPy of the whole process, of ScaleTwin of the run after a short warm-up. */
  cpuS: z.number(),
  wallS: z.number(),
  maxRssMb: z.number(),
  /** Of the answered requests, from the intended time. */
  meanResponseMs: z.number(),
  meanWaitMs: z.number().optional(),
  responseMsP95: z.number().optional(),
  violationShare: z.number().optional(),
  windowViolationShare: z.number().optional(),
  replicaSeconds: z.number().optional(),
  retries: z.number().optional(),
  reversals: z.number().optional(),
})
export type Result = z.infer<typeof resultSchema>

export interface Contender {
  name: ContenderName
  label: string
  version: string
  command(bench: BenchCase, requests: number, seed: number): [program: string, ...words: string[]]
}

export interface Field {
  contenders: Contender[]
  /** Why others are not there, a line each. */
  notices: string[]
  dispose(): Promise<void>
}

/** Where Node keeps what it compiled, as the launchers in bin/ have it: stripping the types anew would slow the run, too. */
const COMPILED = join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled')

const here = (name: string) => join(import.meta.dirname, name)

/** Who can run on this machine: ScaleTwin always, C where `cc` compiles, SimPy where python3 has it. */
export async function findContenders(): Promise<Field> {
  const folder = await mkdtemp(join(tmpdir(), 'scaletwin-bench-'))
  const found = await Promise.allSettled([scaletwin(), compiledC(folder), simpy()])
  const contenders = found.filter((entry) => entry.status === 'fulfilled').map(({ value }) => value)
  const notices = found.filter((entry) => entry.status === 'rejected').map(({ reason }) => messageOf(reason))
  return { contenders, notices, dispose: () => rm(folder, { recursive: true }) }
}

async function scaletwin(): Promise<Contender> {
  return {
    name: 'scaletwin',
    label: 'ScaleTwin',
    version: `Node ${process.version}`,
    command: (bench, requests, seed) => [
      process.execPath,
      here('scaletwin.ts'),
      bench.name,
      `${requests}`,
      `${seed}`,
    ],
  }
}

async function compiledC(folder: string): Promise<Contender> {
  try {
    const { stdout } = await execa('cc', ['--version'])
    for (const name of ['full', 'mmc']) {
      await execa('cc', ['-O2', '-o', join(folder, name), here(`${name}.c`), '-lm'])
    }
    return {
      name: 'c',
      label: 'C',
      version: stdout.split('\n')[0]!,
      command: ({ model }, requests, seed) =>
        model.kind === 'mmc'
          ? [join(folder, 'mmc'), `${model.servers}`, `${model.rho}`, `${requests}`, `${seed}`]
          : [join(folder, 'full'), `${periodsOf(requests)}`, `${seed}`, `${model.maxReplicas}`],
    }
  } catch (error) {
    throw new Error(`C is left out: ${messageOf(error).split('\n')[0]}`)
  }
}

async function simpy(): Promise<Contender> {
  const program = 'import platform, simpy; print(simpy.__version__, "Python", platform.python_version())'
  try {
    const { stdout } = await execa('python3', ['-c', program])
    return {
      name: 'simpy',
      label: 'SimPy',
      version: stdout.trim(),
      command: ({ model }, requests, seed) =>
        model.kind === 'mmc'
          ? ['python3', here('mmc_simpy.py'), `${model.servers}`, `${model.rho}`, `${requests}`, `${seed}`]
          : ['python3', here('full_simpy.py'), `${periodsOf(requests)}`, `${seed}`, `${model.maxReplicas}`],
    }
  } catch {
    throw new Error('SimPy is left out: python3 -c "import simpy" fails')
  }
}

/** One process from start to end. @throws where it fails or prints something else. */
export async function runOnce(
  contender: Contender,
  bench: BenchCase,
  { requests, seed }: { requests: number; seed: number },
): Promise<Result> {
  const [program, ...words] = contender.command(bench, requests, seed)
  const { stdout } = await execa(program, words, { env: { NODE_COMPILE_CACHE: COMPILED } })
  return resultSchema.parse(JSON.parse(stdout))
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { faultImpacts } from '../analysis/faultImpact.ts'
import { DEFAULT_SLA, parseSla } from '../analysis/sla.ts'
import { faultTable } from '../cli/faultTable.ts'
import { DEFAULT_CONTROL, DEFAULT_SERVICE } from '../control/service.ts'
import { DEFAULT_APP } from '../live/appSettings.ts'
import { liveRun } from '../live/run.ts'
import { parametersOf, policyByName } from '../policies/parameters.ts'
import { FAULTS, type Fault, type FaultKind, parseFault } from '../record/faults.ts'
import { readRecord } from '../record/read.ts'
import type { RunRecord } from '../record/schema.ts'
import { readModel } from '../sim/readModel.ts'
import { simulate } from '../sim/run.ts'
import type { Trace } from '../traces/trace.ts'

/**
 * Every kind of fault once on the real parts and twenty times in the simulator, the same scenario: three replicas at
 * 15 requests/s, of which they serve 28. Prints the table of docs/faults.md. Some 14 minutes: `npm run bench:faults`;
 * kinds as arguments leave out the others.
 */
const RATE_PER_S = 15
const BEGIN_S = 10
const LASTING_S = 8
const TOTAL_S = 40
/** A start is given up after 30 s: only then does the next one come. */
const LONG_TOTAL_S = 70
const SIMULATED_RUNS = 20

const policy = policyByName('static')
const parameters = parametersOf(policy, ['replicas=3'])
const control = {
  ...DEFAULT_CONTROL,
  initialReplicas: 3,
  knowledge: { serviceMsMean: 105, startupMsMean: 1500 },
}
const sla = parseSla(DEFAULT_SLA)

/** What concerns starts or the engine shows only where a replica has to be replaced meanwhile. */
function faultsOf(kind: FaultKind): Fault[] {
  const own = parseFault(`${kind}@${BEGIN_S}s${FAULTS[kind].lasts ? `+${LASTING_S}s` : ''}`)
  const needsDeath = /^(start|image|engine|proxy-socket)/.test(kind)
  return needsDeath ? [own, parseFault(`kill@${BEGIN_S}500ms`)] : [own]
}

function traceFor(kind: FaultKind): Trace {
  const durationMs = 1000 * (kind === 'start-hangs' ? LONG_TOTAL_S : TOTAL_S)
  const points = [0, durationMs].map((atMs) => ({ atMs, ratePerS: RATE_PER_S }))
  const load = { kind: 'rate' as const, points }
  return { name: kind, description: '', load, process: 'poisson', mix: { read: 1 }, durationMs }
}

async function measured(kind: FaultKind, folder: string): Promise<RunRecord> {
  const faults = faultsOf(kind)
  const common = { policy, parameters, control, service: DEFAULT_SERVICE, seed: 1, faults }
  const live = { app: DEFAULT_APP, purpose: 'run' as const, model: null, prediction: null, port: 0 }
  const path = join(folder, kind)
  await liveRun({ ...common, ...live, trace: traceFor(kind) }, { folder: path, say: () => {} })
  return readRecord(path)
}

async function predicted(kind: FaultKind): Promise<RunRecord[]> {
  const model = await readModel('reference')
  const common = { policy, parameters, control, service: DEFAULT_SERVICE, faults: faultsOf(kind) }
  const seeds = Array.from({ length: SIMULATED_RUNS }, (_, i) => i + 1)
  return seeds.map((seed) => simulate({ ...common, model, trace: traceFor(kind), seed }))
}

async function tableOf(kind: FaultKind, folder: string): Promise<string> {
  const record = await measured(kind, folder)
  const own = (runs: readonly RunRecord[]) => runs.map((run) => faultImpacts(run, sla).filter(isOf(kind)))
  const groups = [{ name: 'measured', runs: own([record]) }]
  if (FAULTS[kind].side === 'both') groups.unshift({ name: 'predicted', runs: own(await predicted(kind)) })
  const verdict = record.run.verdict.valid ? '' : `\nnot valid: ${record.run.verdict.reasons.join('; ')}`
  return `${await faultTable(groups)}${verdict}`
}

const isOf =
  (kind: FaultKind) =>
  ({ fault }: { fault: string }) =>
    parseFault(fault).kind === kind

const kinds = process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(FAULTS)
const folder = await mkdtemp(join(tmpdir(), 'scaletwin-faults-'))
try {
  for (const kind of kinds as FaultKind[])
    console.log(`## ${kind}: ${FAULTS[kind].says}\n\n${await tableOf(kind, folder)}\n`)
} finally {
  await rm(folder, { recursive: true })
}

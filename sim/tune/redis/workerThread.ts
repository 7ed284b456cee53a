import { workerData } from 'node:worker_threads'
import { Redis } from 'ioredis'
import type { Metrics } from '../../../analysis/metrics.ts'
import { UserError } from '../../../base/errors.ts'
import { runnerOf } from '../inline.ts'
import type { Task } from '../task.ts'
import { policyFileHash } from '../taskHash.ts'
import { connectionTo } from './connection.ts'
import type { RunJob, ThreadSetup } from './job.ts'
import { fetchScenario, type StoredScenario } from './scenarioStore.ts'

/**
 * Makes the runs of a worker in a thread of its own, so that the worker's lock on a job is renewed meanwhile. Each scenario is
 * fetched once.
 */
const { url, code } = workerData as ThreadSetup
const redis = new Redis(connectionTo(url))
// The worker beside it speaks of a lost connection; this one only waits for the next.
redis.on('error', () => {})
const runners = new Map<string, Promise<(task: Task) => Metrics>>()
/** A module is loaded once and stays as it was then. */
const loaded = new Map<string, string>()

export default async function run({ data }: { data: RunJob }): Promise<Metrics> {
  const { scenario, parameters, seed } = data
  const known = runners.get(scenario)
  const runner = known ?? fetchScenario(redis, scenario).then(runnerFor)
  runners.set(scenario, runner)
  try {
    return (await runner)({ scenario: 0, parameters, seed })
  } catch (error) {
    runners.delete(scenario)
    throw error
  }
}

function runnerFor(stored: StoredScenario): Promise<(task: Task) => Metrics> {
  if (stored.code !== code) {
    throw new UserError(
      `a worker has other source files (${code.slice(0, 8)}) than the search (${stored.code.slice(0, 8)}). Bring both to the same version and start the worker again`,
    )
  }
  assertSamePolicyFile(stored)
  return runnerOf([stored.scenario])
}

function assertSamePolicyFile({ scenario: { policy }, policyFile }: StoredScenario): void {
  if ('name' in policy) return
  const { path } = policy
  const own = policyFileHash(policy)
  if (own === null) throw new UserError(`--policy ${path}: a worker has no such file. Copy it there`)
  if (own !== policyFile) {
    throw new UserError(
      `--policy ${path}: a worker's file (SHA-256 ${own.slice(0, 8)}) is not the search's (${policyFile?.slice(0, 8)}). Copy it there`,
    )
  }
  if ((loaded.get(path) ?? own) !== own) {
    throw new UserError(`--policy ${path} has changed since a worker loaded it. Start the worker again`)
  }
  loaded.set(path, own)
}

import { writeFile } from 'node:fs/promises'
import { resourceName } from '../labels.ts'
import { type Breaker, type Broken, type Parts, victimOf } from './breaker.ts'

export const kill: Breaker = async (fault, parts) => {
  const name = victimOf(fault, parts)
  const pid = parts.plant.replicaPids.get(name)
  // Without the engine, which may be what another fault broke.
  if (pid === undefined) await parts.testbed.podman.kill(containerOf(name, parts), 'SIGKILL')
  else process.kill(pid, 'SIGKILL')
  return { note: name }
}

/** So much more than its limit is asked for: bounded, should the limit not hold. */
const OVER_THE_LIMIT_BYTES = 64 * 2 ** 20

/**
 * A second process in the container asks for more memory than the container may have, and the kernel is told that it
 * should rather kill the application (proc(5), oom_score_adj). `tail` keeps a line without an end in memory.
 */
export const oom: Breaker = async (fault, parts) => {
  const { podman } = parts.testbed
  const name = victimOf(fault, parts)
  const container = containerOf(name, parts)
  const details = await podman.inspect(container)
  if (!details?.pid || details.memoryBytes === null) throw new Error(`${name} has no memory limit`)
  await writeFile(`/proc/${details.pid}/oom_score_adj`, '1000')
  const bytes = details.memoryBytes + OVER_THE_LIMIT_BYTES
  // It ends with its container: no answer is expected.
  void podman.exec(container, ['sh', '-c', `head -c ${bytes} /dev/zero | tail`]).catch(() => {})
  return { note: name }
}

export const hang: Breaker = async (fault, parts): Promise<Broken> => {
  const name = victimOf(fault, parts)
  await parts.testbed.pauseContainer(name)
  return { note: name, mend: () => parts.testbed.unpauseContainer(name).catch(() => {}) }
}

/** The kernel's least quota: so short that already a request of two milliseconds is throttled. */
const QUOTA_US = 1000

export const slow: Breaker = async (fault, parts): Promise<Broken> => {
  const { podman } = parts.testbed
  const name = victimOf(fault, parts)
  const container = containerOf(name, parts)
  const before = await podman.inspect(container)
  await podman.limitCpu(container, { quotaUs: QUOTA_US, periodUs: Math.round(QUOTA_US * fault.factor) })
  return { note: name, mend: () => podman.limitCpu(container, before?.cpu ?? null).catch(() => {}) }
}

const containerOf = (name: string, { testbed }: Parts) => resourceName(testbed.id, name)

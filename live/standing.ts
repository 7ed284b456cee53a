import { randomBytes } from 'node:crypto'
import { isRunning } from '../base/processId.ts'
import { containersEnv } from './engine/containersConf.ts'
import { type ListedContainer, openPodman, type Podman } from './engine/podman.ts'
import { ownerInLabels, ROLE_LABEL, RUN_LABEL, runOfResource } from './labels.ts'
import { listRunDirs, makeRunDir, ownerOf, removeRunDir } from './runDir.ts'

/** A testbed that exists on this machine. */
export interface Standing {
  id: string
  /** Its process; 0 where `live up` left it standing; null where that is unknown. */
  ownerPid: number | null
  /** Whether that process still runs: such a testbed is in use. */
  inUse: boolean
  /** Of the proxy; null where it does not run. */
  url: string | null
  replicas: { name: string; state: string }[]
}

/** Opens the container engine for one piece of work that belongs to no run. */
export async function withPodman<T>(
  work: (podman: Podman, env: NodeJS.ProcessEnv) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const id = randomBytes(4).toString('hex')
  const runDir = await makeRunDir(id, process.pid)
  try {
    const env = await containersEnv({ runDir: runDir.path, env: process.env })
    const podman = await openPodman({ runDir: runDir.path, env, signal })
    try {
      return await work(podman, env)
    } finally {
      await podman.close()
    }
  } finally {
    await removeRunDir(id)
  }
}

/** Whether it may go without anybody having asked: its process is known, and gone. */
export const isLeftByKilled = ({ ownerPid, inUse }: Standing): boolean =>
  ownerPid !== null && ownerPid > 0 && !inUse

/** Every testbed of this machine, by its containers (half-made ones too), its networks or its folder. */
export async function standingTestbeds(podman: Podman): Promise<Standing[]> {
  const containers = await podman.list({ label: RUN_LABEL })
  const networks = await podman.listNetworks({ label: RUN_LABEL })
  const halfMade = (await podman.listHalfMade()).flatMap((name) => runOfResource(name) ?? [])
  const ids = new Set([
    ...halfMade,
    ...[...containers, ...networks].map(({ labels }) => labels[RUN_LABEL]!),
    ...(await listRunDirs()),
  ])
  const all = await Promise.all([...ids].map((id) => standing(podman, id, { containers, networks })))
  return all.filter(({ ownerPid }) => ownerPid !== process.pid)
}

async function standing(
  podman: Podman,
  id: string,
  all: { containers: readonly ListedContainer[]; networks: readonly { labels: Record<string, string> }[] },
): Promise<Standing> {
  const isOwn = ({ labels }: { labels: Record<string, string> }) => labels[RUN_LABEL] === id
  const containers = all.containers.filter(isOwn)
  const proxy = containers.find(({ labels }) => labels[ROLE_LABEL] === 'proxy')
  const labels = [...containers, ...all.networks.filter(isOwn)][0]?.labels ?? {}
  const owner = (await ownerOf(id)) ?? ownerInLabels(labels)
  const ports = proxy ? Object.values((await podman.inspect(proxy.name))?.ports ?? {}) : []
  return {
    id,
    ownerPid: owner?.pid ?? null,
    inUse: owner !== null && owner.pid > 0 && isRunning(owner),
    url: ports[0] ? `http://127.0.0.1:${ports[0].hostPort}` : null,
    replicas: containers
      .filter(({ labels }) => labels[ROLE_LABEL] === 'replica')
      .map(({ name, state }) => ({ name: name.split('-').at(-1)!, state })),
  }
}

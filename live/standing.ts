import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { removeRun } from './cleanup.ts'
import { containersEnv } from './engine/containersConf.ts'
import { type ListedContainer, openPodman, type Podman } from './engine/podman.ts'
import { OWNER_LABEL, ROLE_LABEL, RUN_LABEL } from './labels.ts'
import { listRunDirs, makeRunDir, ownerOf, removeRunDir, runDirOf } from './runDir.ts'

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
export async function withPodman<T>(work: (podman: Podman) => Promise<T>, signal?: AbortSignal): Promise<T> {
  const id = randomBytes(4).toString('hex')
  const runDir = await makeRunDir(id, process.pid)
  try {
    const env = await containersEnv({ runDir: runDir.path, env: process.env })
    const podman = await openPodman({ runDir: runDir.path, env, signal })
    try {
      return await work(podman)
    } finally {
      await podman.close()
    }
  } finally {
    await removeRunDir(id)
  }
}

/** Every testbed of this machine, by its containers or by its folder. */
export async function standingTestbeds(podman: Podman): Promise<Standing[]> {
  const containers = await podman.list({ label: RUN_LABEL })
  const networks = await podman.listNetworks({ label: RUN_LABEL })
  const ids = new Set([
    ...[...containers, ...networks].map(({ labels }) => labels[RUN_LABEL]!),
    ...(await listRunDirs()),
  ])
  const all = await Promise.all([...ids].map((id) => standing(podman, id, containers)))
  return all.filter(({ ownerPid }) => ownerPid !== process.pid)
}

async function standing(podman: Podman, id: string, all: readonly ListedContainer[]): Promise<Standing> {
  const containers = all.filter(({ labels }) => labels[RUN_LABEL] === id)
  const proxy = containers.find(({ labels }) => labels[ROLE_LABEL] === 'proxy')
  const label = containers[0]?.labels[OWNER_LABEL]
  const ownerPid = (await ownerOf(id)) ?? (label === undefined ? null : Number(label))
  const ports = proxy ? Object.values((await podman.inspect(proxy.name))?.ports ?? {}) : []
  return {
    id,
    ownerPid,
    inUse: ownerPid !== null && ownerPid > 0 && isRunning(ownerPid),
    url: ports[0] ? `http://127.0.0.1:${ports[0].hostPort}` : null,
    replicas: containers
      .filter(({ labels }) => labels[ROLE_LABEL] === 'replica')
      .map(({ name, state }) => ({ name: name.split('-').at(-1)!, state })),
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Removes a testbed's containers, networks, its own Podman service and its folder; nothing else. */
export async function takeDown(
  podman: Podman,
  id: string,
): Promise<{ containers: number; networks: number }> {
  const removed = await removeRun(podman, id)
  await endService(id)
  await removeRunDir(id)
  return removed
}

/** The Podman service that a killed run left: it is known by its socket, which lies in the run's folder. */
async function endService(id: string): Promise<void> {
  const socket = `unix://${runDirOf(id).path}/`
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (command.startsWith('podman\0system\0service') && command.includes(socket))
      process.kill(Number(pid), 'SIGTERM')
  }
}

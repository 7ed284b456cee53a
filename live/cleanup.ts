import { sleep } from '../base/clock.ts'
import type { Podman } from './engine/podman.ts'
import { resourceName, runLabel, runOfResource } from './labels.ts'
import { endProcesses, processesWith } from './processes.ts'
import { removeRunDir, runDirOf } from './runDir.ts'

export interface Removed {
  containers: number
  networks: number
}

/** Another process may be removing the same, which Podman answers with an error to one of the two: look again, so often. */
const MOST_TRIES = 5
const TRY_AGAIN_MS = 300

/** The calls that a service has taken are carried out before it ends: a start of many at once takes as long. */
const SERVICE_GRACE_MS = 20_000

/** Removes the containers, then the networks, that carry the run's label, and nothing else. */
export async function removeRun(podman: Podman, id: string): Promise<Removed> {
  const containers = new Set<string>()
  const networks = new Set<string>()
  for (let left = MOST_TRIES; ; left--) {
    const found = await partsOf(podman, id)
    if (found.containers.length + found.networks.length === 0) break
    for (const name of found.containers) containers.add(name)
    for (const name of found.networks) networks.add(name)
    const failures = await removeAll(podman, found)
    if (failures.length > 0 && left <= 1) throw failures[0]
    if (failures.length > 0) await sleep(TRY_AGAIN_MS)
  }
  await endProcesses(await monitorsOf(id), 0)
  return { containers: containers.size, networks: networks.size }
}

/**
 * The monitor of a command that ran in a container (podman exec) stays for five minutes, so that its result can be
 * asked for, also where the container is gone. Each has its container's name on its command line.
 */
function monitorsOf(id: string) {
  const name = `\0-n\0${resourceName(id, '')}`
  return processesWith((command) => /^\S*conmon\0/.test(command) && command.includes(name))
}

interface Parts {
  containers: string[]
  networks: string[]
}

/** Half-made containers have no labels yet; what is in their names is the run's id. */
async function partsOf(podman: Podman, id: string): Promise<Parts> {
  const label = runLabel(id)
  const [made, halfMade, networks] = await Promise.all([
    podman.list({ label }),
    podman.listHalfMade(),
    podman.listNetworks({ label }),
  ])
  const ownHalfMade = halfMade.filter((name) => runOfResource(name) === id)
  return {
    containers: [...made.map(({ name }) => name), ...ownHalfMade],
    networks: networks.map(({ name }) => name),
  }
}

/** The errors of those that could not be removed. */
async function removeAll(podman: Podman, { containers, networks }: Parts): Promise<unknown[]> {
  const results = await Promise.allSettled(containers.map((name) => podman.remove(name, { force: true })))
  for (const name of networks) results.push(...(await Promise.allSettled([podman.removeNetwork(name)])))
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
}

/**
 * Removes a testbed's own Podman service, containers, networks and folder; nothing else. The service goes first: it may
 * still be making a container for a controller that was killed.
 */
export async function takeDown(podman: Podman, id: string): Promise<Removed> {
  await endProcesses(await servicesOf(id), SERVICE_GRACE_MS)
  const removed = await removeRun(podman, id)
  await removeRunDir(id)
  return removed
}

/** A run's own Podman service is known by its socket, which lies in the run's folder. */
function servicesOf(id: string) {
  const socket = `unix://${runDirOf(id).path}/`
  return processesWith((command) => command.startsWith('podman\0system\0service') && command.includes(socket))
}

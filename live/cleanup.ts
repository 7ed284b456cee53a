import type { Podman } from './engine/podman.ts'
import { runLabel } from './labels.ts'

/** Removes the containers, then the networks, that carry the run's label, and nothing else. */
export async function removeRun(
  podman: Podman,
  id: string,
): Promise<{ containers: number; networks: number }> {
  const containers = await podman.list({ label: runLabel(id) })
  await Promise.all(containers.map(({ name }) => podman.remove(name, { force: true })))
  const networks = await podman.listNetworks({ label: runLabel(id) })
  for (const { name } of networks) await podman.removeNetwork(name)
  return { containers: containers.length, networks: networks.length }
}

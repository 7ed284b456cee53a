import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { messageOf } from '../base/errors.ts'
import { takeDown } from './cleanup.ts'
import { commandIn } from './engine/command.ts'
import type { Podman } from './engine/podman.ts'
import { removeScratch } from './engine/removeScratch.ts'
import { endProcesses, processesWith } from './processes.ts'
import { isAbandoned, SCRATCH_PREFIX } from './scratch.ts'
import { isLeftByKilled, standingTestbeds } from './standing.ts'

export interface Engine {
  podman: Podman
  /** From containersEnv(). */
  env: NodeJS.ProcessEnv
}

/** mmdebstrap and podman build clean up in it. */
const BUILD_GRACE_MS = 15_000

/**
 * Removes what killed processes left on this machine, and says so: whole testbeds, and what was made on the way to an
 * image. Never what is in use, nor what `live up` left standing. That it does not succeed keeps nobody from working.
 */
export async function removeLeftovers(engine: Engine, say: (line: string) => void): Promise<void> {
  try {
    const testbeds = await standingTestbeds(engine.podman)
    for (const { id } of testbeds.filter(isLeftByKilled)) {
      const { containers, networks } = await takeDown(engine.podman, id)
      say(`removed what the killed run ${id} left: ${containers} containers, ${networks} networks`)
    }
    for (const name of await removeAbandoned(engine)) say(`removed what a killed process left: ${name}`)
  } catch (error) {
    say(`what a killed run left could not be removed (${messageOf(error)}): try live down`)
  }
}

/** Removes folders and images that a killed process had made for a moment, and ends what works in them. */
export async function removeAbandoned({ podman, env }: Engine): Promise<string[]> {
  const run = commandIn({ env })
  const tags = await tagsOf(run)
  const halfMade = (await podman.listHalfMade()).filter(isAbandoned)
  const folders = (await readdir(tmpdir())).filter(isAbandoned)
  const names = [
    ...new Set([...tags, ...folders, ...halfMade.map((name) => name.replace(/-working-container$/, ''))]),
  ]
  for (const name of names) {
    await endProcesses(await processesWith((command) => command.includes(name)), BUILD_GRACE_MS)
    await removeScratch(run, name)
  }
  return names
}

async function tagsOf(run: ReturnType<typeof commandIn>): Promise<string[]> {
  const filter = `reference=localhost/${SCRATCH_PREFIX}*`
  const { stdout } = await run('podman', ['images', '--filter', filter, '--format', '{{.Repository}}'])
  const names = stdout.split('\n').map((line) => line.trim().replace(/^localhost\//, ''))
  return [...new Set(names)].filter(isAbandoned)
}

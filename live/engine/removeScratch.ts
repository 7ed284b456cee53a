import { readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from './command.ts'

/**
 * Removes what was made under a scratch name (scratch.ts), however far it came: the folder with what is mounted in it,
 * the image of that name, the container that an image was built in, and that of the step that it was at. Nobody may be
 * working in it any more.
 */
export async function removeScratch(run: Command, name: string): Promise<void> {
  const folder = join(tmpdir(), name)
  await removeSteps(run, folder)
  await run('podman', ['rm', '--force', '--ignore', `${name}-working-container`], { mayFail: true })
  // The name twice: with it once, podman removes every name of the image, the base's own too.
  await run('podman', ['untag', `localhost/${name}`, `localhost/${name}`], { mayFail: true })
  // A bootstrap mounts /proc and the like in its folder: removing that must not reach through them.
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '')
  for (const point of mounts.filter((path) => path.startsWith(`${folder}/`)).reverse())
    await run('umount', [point])
  await rm(folder, { recursive: true, force: true })
}

/** podman build runs each step as a container of the runtime, named after its folder; a killed one leaves it running. */
async function removeSteps(run: Command, folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [] as string[])
  const steps = names.filter((name) => name.startsWith('buildah'))
  if (steps.length === 0) return
  const { stdout } = await run('podman', ['info', '--format', '{{.Host.OCIRuntime.Name}}'])
  for (const step of steps)
    await run(stdout.trim(), ['delete', '--force', `buildah-${step}`], { mayFail: true })
}

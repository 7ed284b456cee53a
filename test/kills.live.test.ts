import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { monotonicMs, sleep } from '../base/clock.ts'
import { processId } from '../base/processId.ts'
import { commandIn } from '../live/engine/command.ts'
import { ownerLabels, RUN_LABEL, resourceName } from '../live/labels.ts'
import { removeLeftovers } from '../live/leftovers.ts'
import { makeRunDir, removeRunDir, runDirOf } from '../live/runDir.ts'
import { scratchName } from '../live/scratch.ts'
import { standingTestbeds, withPodman } from '../live/standing.ts'
import { killRuns } from './killRuns.ts'
import { leftovers } from './leftovers.ts'

it('live runs killed (-9) at random moments leave readable records, and after live down nothing', async () => {
  const said: string[] = []
  const { kills, problems } = await killRuns({
    kills: 6,
    seed: 7,
    atOnce: 2,
    downEvery: 6,
    withinMs: 8000,
    say: (line) => said.push(line),
  })
  expect(problems, said.join('\n')).toEqual([])
  expect(kills).toHaveLength(6)
})

/** A process that has ended, by the name that one would know it by. */
async function deadProcess() {
  const child = spawn('true')
  const id = processId(child.pid!)
  await once(child, 'exit')
  return id
}

describe('a start removes what killed runs left', () => {
  it('whole testbeds, half-made containers and scratch; not what is in use, nor what live up left', async () => {
    await withPodman(async (podman, env) => {
      const [dead, used, standing] = [0, 1, 2].map(() => randomBytes(4).toString('hex')) as [
        string,
        string,
        string,
      ]
      const network = (id: string, labels: Record<string, string>) =>
        podman.createNetwork({ name: resourceName(id, 'edge'), labels: { [RUN_LABEL]: id, ...labels } })
      const owner = await deadProcess()
      await network(dead, ownerLabels(owner.pid))
      await network(used, ownerLabels(process.ppid))
      await network(standing, ownerLabels(0))
      const halfMade = resourceName(dead, 'w9')
      await makeHalf(halfMade, env)
      const scratch = scratchName('base').replace(`-of-${process.pid}.`, `-of-${owner.pid}.`)
      await mkdir(join(tmpdir(), scratch, 'deep'), { recursive: true })
      const own = join(tmpdir(), scratchName('base'))
      await mkdir(own)
      try {
        expect(await podman.listHalfMade()).toContain(halfMade)
        const said: string[] = []
        await removeLeftovers({ podman, env }, (line) => said.push(line))
        expect(said).toContain(`removed what the killed run ${dead} left: 1 containers, 1 networks`)
        expect(said).toContain(`removed what a killed process left: ${scratch}`)
        const ids = (await standingTestbeds(podman)).map(({ id }) => id)
        expect(ids).toEqual(expect.arrayContaining([used, standing]))
        expect(ids).not.toContain(dead)
        expect(await podman.listHalfMade()).not.toContain(halfMade)
        expect(await readdir(tmpdir())).not.toContain(scratch)
        expect(await readdir(own)).toEqual([])
      } finally {
        for (const id of [dead, used, standing]) await podman.removeNetwork(resourceName(id, 'edge'))
        await commandIn({ env })('rm', ['-rf', own])
      }
    })
  })

  it('of a run whose pid belongs to another process by now: it is not in use', async () => {
    const id = randomBytes(4).toString('hex')
    await makeRunDir(id, process.ppid)
    const file = join(runDirOf(id).path, 'owner')
    const inUse = async () => (await withPodman(standingTestbeds)).find((testbed) => testbed.id === id)?.inUse
    try {
      expect(await inUse()).toBe(true)
      const [pid, ticks, boot] = (await readFile(file, 'utf8')).split('.')
      await writeFile(file, `${pid}.${Number(ticks) - 1}.${boot}`)
      expect(await inUse()).toBe(false)
    } finally {
      await removeRunDir(id)
    }
  })

  it('and nothing of all this is left', async () => {
    expect(await leftovers()).toEqual([])
  })
})

/** A container that is in the storage and not yet in the engine's own books: whoever made it was killed in between. */
async function makeHalf(name: string, env: NodeJS.ProcessEnv): Promise<void> {
  const run = commandIn({ env })
  const root = (await run('podman', ['info', '--format', '{{.Store.GraphRoot}}'])).stdout.trim()
  const images = await run('podman', ['images', '--format', '{{.Repository}}:{{.Tag}}'])
  const image = images.stdout.split('\n').find((line) => line.startsWith('localhost/scaletwin-app'))!
  const deadlineMs = monotonicMs() + 20_000
  while (monotonicMs() < deadlineMs) {
    const child = spawn('podman', ['create', '--name', name, '--network', 'none', image, 'true'], {
      env,
      stdio: 'ignore',
    })
    const ended = once(child, 'exit')
    while (child.exitCode === null && !(await isStored(root, name))) await sleep(0)
    child.kill('SIGKILL')
    await ended
    const { stdout } = await run('podman', [
      'ps',
      '--all',
      '--external',
      '--filter',
      `name=${name}`,
      '--format',
      '{{.State}}',
    ])
    if (/storage/i.test(stdout)) return
    await run('podman', ['rm', '--force', '--ignore', name])
  }
  throw new Error('podman create was never killed in the middle')
}

const isStored = async (root: string, name: string) =>
  (await readFile(join(root, 'overlay-containers/containers.json'), 'utf8').catch(() => '')).includes(name)

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openPodmanTestBed } from '../live/engine/podmanTestBed.ts'
import { RUN_LABEL } from '../live/labels.ts'
import { withPodman } from '../live/standing.ts'
import { readRecord } from '../record/read.ts'
import { traceFile } from './support.ts'

/** Any HTTP service in a container in place of the object store, from the command line. */
const LIVE = join(import.meta.dirname, '..', 'bin', 'live')
let folder: string
let image: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
  await writeFile(
    join(folder, 'short.json'),
    traceFile('short', [
      ['0s', 20],
      ['6s', 20],
    ]),
  )
  const bed = await openPodmanTestBed()
  image = bed.images.app
  await bed.close()
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  expect(await withPodman((podman) => podman.list({ label: RUN_LABEL }))).toEqual([])
})

const run = (...app: string[]) =>
  execa(LIVE, ['run', '--policy', 'static', '--set', 'replicas=2', '--trace', './short.json', ...app], {
    cwd: folder,
    reject: false,
  })

it('is started, checked at its own path, and asked its own request', async () => {
  const own = ['--image', image, '--image-port', '5000', '--request', 'GET /', '--health-path', '/health']
  const { exitCode, stderr } = await run(...own, '--out', 'own')
  expect([0, 4], stderr).toContain(exitCode)
  const { run: header, requests, replicas } = await readRecord(join(folder, 'own'))
  expect(header.app).toEqual({ image, imagePort: '5000', request: 'GET /', healthPath: '/health' })
  expect(requests.outcome.length).toBeGreaterThan(80)
  expect(new Set(requests.outcome)).toEqual(new Set(['ok']))
  expect(new Set(requests.server)).toEqual(new Set(['w1', 'w2']))
  expect(replicas.filter(({ state }) => state === 'ready')).toHaveLength(2)
})

it('that is not on this machine is told by name, with exit 3', async () => {
  const { exitCode, stderr } = await run('--image', 'localhost/none:1', '--out', 'none')
  expect(exitCode).toBe(3)
  expect(stderr).toContain('--image localhost/none:1 is not on this machine')
})

import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { monotonicMs, sleep } from '../../base/clock.ts'
import { ensureImages } from './image.ts'
import { openPodman, PodmanError } from './podman.ts'
import { ask, openPodmanTestBed, type PodmanTestBed } from './podmanTestBed.ts'

let bed: PodmanTestBed
beforeAll(async () => {
  bed = await openPodmanTestBed()
})
afterAll(() => bed?.close())

test('the life of a container, state by state', async () => {
  const { podman } = bed
  const container = bed.instance('life')
  const { name } = container
  const state = async () => (await podman.inspect(name))?.state ?? null

  expect(await state()).toBeNull()
  await podman.createContainer(container)
  expect(await state()).toBe('created')
  await podman.start(name)
  await podman.start(name) // a second wish is not an error
  expect(await state()).toBe('running')
  await podman.pause(name)
  expect(await state()).toBe('paused')
  await podman.unpause(name)
  expect(await state()).toBe('running')
  await podman.stop(name, { timeoutS: 5 })
  await podman.stop(name, { timeoutS: 5 })
  expect(await podman.inspect(name)).toMatchObject({ state: 'exited', exitCode: 0, pid: null })
  await podman.remove(name, { force: false })
  await podman.remove(name, { force: true })
  expect(await state()).toBeNull()
})

describe('a running container', () => {
  let url: string
  let name: string
  beforeAll(async () => {
    const container = bed.instance('runs')
    name = container.name
    url = await bed.run(container)
  })

  test('has an address, a published port and a process', async () => {
    const details = (await bed.podman.inspect(name))!
    expect(details.addresses[bed.network]).toMatch(/^10\.|^172\.|^192\./)
    expect(details.ports[5000]).toEqual({ hostIp: '127.0.0.1', hostPort: Number(new URL(url).port) })
    expect(details.pid).toBeGreaterThan(1)
    expect(details.exitCode).toBeNull()
  })

  test('is listed by label, and so is its network', async () => {
    const listed = await bed.podman.list({ label: bed.label })
    const [key, value] = bed.label.split('=')
    expect(listed.map((row) => row.name)).toContain(name)
    expect(listed.every((row) => row.labels[key!] === value)).toBe(true)
    expect((await bed.podman.listNetworks({ label: bed.label })).map((row) => row.name)).toEqual([
      bed.network,
    ])
    expect(await bed.podman.list({ label: 'scaletwin.test=no-such-value' })).toEqual([])
  })

  test('burns CPU time that stats sees', async () => {
    const before = await bed.podman.stats(name)
    await bed.podman.exec(name, ['python3', '-c', 'sum(i * i for i in range(3_000_000))'])
    const after = await bed.podman.stats(name)
    expect(after.cpuNs - before.cpuNs).toBeGreaterThan(50e6)
    expect(after.memoryBytes).toBeGreaterThan(5e6)
  })

  test('runs a command and tells its exit code and output', async () => {
    const result = await bed.podman.exec(name, ['sh', '-c', 'echo out; echo err >&2; exit 7'])
    expect(result.exitCode).toBe(7)
    expect(result.output.split('\n').sort()).toEqual(['', 'err', 'out'])
  })

  test('has no capabilities, no new privileges, and a root file system that cannot be written', async () => {
    const status = await bed.podman.exec(name, [
      'sh',
      '-c',
      'grep -E "CapEff|NoNewPrivs" /proc/1/status; touch /x',
    ])
    expect(status.output).toContain('CapEff:\t0000000000000000')
    expect(status.output).toContain('NoNewPrivs:\t1')
    expect(status.output).toContain('Read-only file system')
  })
})

test('several start at once', async () => {
  const containers = ['a', 'b', 'c', 'd'].map((name) => bed.instance(name))
  const urls = await Promise.all(containers.map((container) => bed.run(container)))
  const instances = await Promise.all(
    urls.map(async (url) => (await ask(url, 'GET', '/')).headers['x-instance']),
  )
  expect(instances).toEqual(['a', 'b', 'c', 'd'])
  await Promise.all(containers.map(({ name }) => bed.podman.remove(name, { force: true })))
})

test('a killed container is gone at once where it asked to be removed', async () => {
  const container = { ...bed.instance('rm'), remove: true }
  await bed.run(container)
  await bed.podman.kill(container.name, 'SIGKILL')
  const deadlineMs = monotonicMs() + 20_000
  while ((await bed.podman.inspect(container.name)) && monotonicMs() < deadlineMs) await sleep(20)
  expect(await bed.podman.inspect(container.name)).toBeNull()
})

describe('an error names the call, the container and the reason', () => {
  test.each([
    {
      what: 'start',
      call: () => bed.podman.start('scaletwin-none'),
      message: /^podman start scaletwin-none: .*no such container/,
    },
    {
      what: 'pause',
      call: () => bed.podman.pause('scaletwin-none'),
      message: /^podman pause scaletwin-none: /,
    },
    {
      what: 'exec',
      call: () => bed.podman.exec('scaletwin-none', ['ls']),
      message: /^podman exec scaletwin-none: /,
    },
    {
      what: 'create',
      call: () => bed.podman.createContainer({ ...bed.instance('x'), image: 'localhost/scaletwin-none' }),
      message: /^podman create .*-x: localhost\/scaletwin-none: image not known/,
    },
    {
      what: 'a name that is taken',
      call: () => bed.podman.createNetwork({ name: bed.network }),
      message: /^podman create network .*(already|used)/,
    },
  ])('$what', async ({ call, message }) => {
    const error = await call().then(
      () => null,
      (thrown) => thrown,
    )
    expect(error).toBeInstanceOf(PodmanError)
    expect(error.message).toMatch(message)
  })
})

test('close() ends the service and removes its socket; containers go on', async () => {
  const runDir = join(bed.runDir, 'second')
  const podman = await openPodman({
    runDir,
    env: { ...bed.env, CONTAINERS_CONF: bed.env.CONTAINERS_CONF ?? '/dev/null' },
  })
  expect((await podman.version()).podman).toMatch(/^\d+\.\d+/)
  await podman.close()
  await expect(access(join(runDir, 'podman.sock'))).rejects.toThrow()
  expect(await readdir(runDir)).toEqual(['podman.log'])
})

test('an unchanged tree builds nothing, in less than a second or so', async () => {
  const said: string[] = []
  const startMs = monotonicMs()
  expect(await ensureImages({ env: bed.env, say: (line) => said.push(line) })).toEqual(bed.images)
  expect(said).toEqual([])
  expect(monotonicMs() - startMs).toBeLessThan(3000) // 0.2 s on an idle machine
})

test('an aborted opening ends with the reason and leaves no socket', async () => {
  const runDir = join(bed.runDir, 'aborted')
  const signal = AbortSignal.abort(new Error('stop'))
  const env = { ...bed.env, CONTAINERS_CONF: bed.env.CONTAINERS_CONF ?? '/dev/null' }
  await expect(openPodman({ runDir, env, signal })).rejects.toThrow('stop')
  await expect(access(join(runDir, 'podman.sock'))).rejects.toThrow()
})

import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'undici'
import { monotonicMs, sleep } from '../../base/clock.ts'
import { containersEnv } from './containersConf.ts'
import { ensureImages, type Images } from './image.ts'
import { type NewContainer, openPodman, type Podman } from './podman.ts'

/** Real containers for tests: everything is labelled, and close() removes all of it. */
export interface PodmanTestBed {
  podman: Podman
  images: Images
  runDir: string
  env: NodeJS.ProcessEnv
  /** `scaletwin.test=<random>`, on everything that is made here. */
  label: string
  network: string
  /** A folder of the host that any container may write to. */
  store: string
  /** The settings of an instance of the web application; not made yet. */
  instance(name: string, env?: Record<string, string>): NewContainer
  /** Makes and starts it, waits for /health, and tells its address on this machine. */
  run(container: NewContainer): Promise<string>
  close(): Promise<void>
}

export async function openPodmanTestBed(): Promise<PodmanTestBed> {
  const random = randomBytes(4).toString('hex')
  const runDir = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
  const store = join(runDir, 'store')
  await mkdir(store)
  await chmod(runDir, 0o755)
  await chmod(store, 0o777)
  const env = await containersEnv({ runDir, env: process.env })
  const images = await ensureImages({ env, say: () => {} })
  const podman = await openPodman({ runDir, env })
  const network = `scaletwin-test-${random}`
  const labels = { 'scaletwin.test': random }
  const label = `scaletwin.test=${random}`
  await podman.createNetwork({ name: network, labels })

  const instance = (name: string, settings: Record<string, string> = {}): NewContainer => ({
    name: `${network}-${name}`,
    image: images.app,
    networks: [network],
    labels,
    env: { DELAY: 'off', INSTANCE: name, ...settings },
    mounts: [{ source: store, target: '/store' }],
    publish: [{ hostIp: '127.0.0.1', containerPort: 5000 }],
    readOnlyRootfs: true,
  })

  const run = async (container: NewContainer) => {
    await podman.createContainer(container)
    await podman.start(container.name)
    const { hostPort } = (await podman.inspect(container.name))!.ports[5000]!
    const url = `http://127.0.0.1:${hostPort}`
    await untilHealthy(url)
    return url
  }

  const close = async () => {
    const containers = await podman.list({ label })
    await Promise.all(containers.map(({ name }) => podman.remove(name, { force: true })))
    await podman.removeNetwork(network)
    await podman.close()
    await rm(runDir, { recursive: true, force: true })
  }
  return { podman, images, runDir, env, label, network, store, instance, run, close }
}

export interface Answer {
  status: number
  text: string
  headers: Record<string, string | string[] | undefined>
}

/** One request on a connection of its own. The path goes out as it is: fetch would tidy `..` away. */
export async function ask(
  url: string,
  method: string,
  path: string,
  body?: string | Buffer,
): Promise<Answer> {
  const client = new Client(url)
  try {
    const answer = await client.request({ method: method as 'GET', path, body, headersTimeout: 20_000 })
    return { status: answer.statusCode, text: await answer.body.text(), headers: answer.headers }
  } finally {
    await client.destroy()
  }
}

async function untilHealthy(url: string): Promise<void> {
  const deadlineMs = monotonicMs() + 30_000
  for (;;) {
    const answer = await ask(url, 'GET', '/health').catch(() => null)
    if (answer?.status === 200) return
    if (monotonicMs() > deadlineMs) throw new Error(`${url}/health did not answer within 30 s`)
    await sleep(20)
  }
}

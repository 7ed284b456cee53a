import { randomBytes } from 'node:crypto'
import { environmentLacks, messageOf } from '../base/errors.ts'
import type { ProxyLogEntry } from '../control/signals.ts'
import type { ServiceSettings } from '../record/schema.ts'
import { type AppSettings, checkAppSettings } from './appSettings.ts'
import { removeRun } from './cleanup.ts'
import { containersEnv } from './engine/containersConf.ts'
import { endingsOf } from './engine/ending.ts'
import { ensureImages, type Images } from './engine/image.ts'
import { type ContainerState, type NewContainer, openPodman, type Podman } from './engine/podman.ts'
import { type Haproxy, openHaproxy } from './haproxy.ts'
import { ownerLabels, ROLE_LABEL, RUN_LABEL, resourceName } from './labels.ts'
import { removeLeftovers } from './leftovers.ts'
import { LIMITS } from './limits.ts'
import { haproxyCommand, type ProxyServer, RUN_DIR_IN_CONTAINER } from './proxy/haproxyConfig.ts'
import { makeRunDir, type RunDir, removeRunDir } from './runDir.ts'

export interface TestbedOptions {
  service: ServiceSettings
  app: AppSettings
  /** Of the proxy on 127.0.0.1; 0 picks a free one. */
  port: number
  /** The process whose end makes the run an orphan; 0 for one that stays until `live down`. */
  ownerPid: number
  /** The run's clock, ms. */
  now: () => number
  onEntry: (entry: ProxyLogEntry) => void
  /** Progress, one line each. */
  say: (line: string) => void
  signal?: AbortSignal
}

/** A replica whose container runs. It may not listen yet. */
export interface StartedReplica {
  server: ProxyServer
  /** Process id of its PID 1 on the host; null where it is unknown. */
  pid: number | null
}

/** The real set-up, without replicas: networks, the proxy, the object store, and the means to start and stop replicas. */
export interface Testbed {
  readonly id: string
  readonly url: string
  readonly runDir: RunDir
  readonly podman: Podman
  readonly haproxy: Haproxy
  readonly images: Images
  readonly versions: Record<string, string>
  /** Process id of the proxy's PID 1 on the host; null where it is unknown. */
  proxyPid(): number | null
  /** Makes a replica's container, which does not run yet; a broken one where a fault wants it. */
  createContainer(name: string, broken?: BrokenStart | null): Promise<void>
  /** Starts it; resolves with its address, before it listens. */
  startContainer(name: string): Promise<StartedReplica>
  /** Freezes all its processes, and thaws them. */
  pauseContainer(name: string): Promise<void>
  unpauseContainer(name: string): Promise<void>
  /** How a container came to its end, in words: `exited with 1`, `killed (signal 9)`, `out of memory`. */
  endOf(name: string): Promise<string>
  /** In whatever state it is. */
  removeContainer(name: string): Promise<void>
  /** Of every replica's container by its name; stand-bys too. */
  replicaStates(): Promise<Map<string, ContainerState>>
  /** Names of the replicas whose container runs. */
  runningReplicas(): Promise<string[]>
  /** Kills the proxy's container and starts it again. */
  restartProxy(): Promise<void>
  /** Removes everything that carries the run's label. */
  close(): Promise<void>
  /** Lets go of the containers without removing them (`live up`). */
  leave(): Promise<void>
}

/** What a fault makes of a start. */
export type BrokenStart = 'start-fails' | 'start-hangs' | 'image-missing'
const BROKEN: Record<BrokenStart, Partial<NewContainer>> = {
  'start-fails': { entrypoint: ['sh', '-c', 'exit 1'] },
  'start-hangs': { entrypoint: ['sleep', '3600'] },
  'image-missing': { image: 'localhost/scaletwin-missing' },
}

const LISTEN_PORT = 8080
const APP_PORT = 5000
const PROXY_START_MS = 15_000

/** @throws UserError with exit code 3 where the machine lacks something; nothing is left then. */
export async function openTestbed(options: TestbedOptions): Promise<Testbed> {
  checkAppSettings(options.app)
  const id = randomBytes(4).toString('hex')
  const runDir = await makeRunDir(id, options.ownerPid)
  let podman: Podman | undefined
  try {
    const env = await containersEnv({ runDir: runDir.path, env: process.env })
    const images = await ensureImages({ env, say: options.say, signal: options.signal })
    podman = await openPodman({ runDir: runDir.path, env, signal: options.signal })
    await removeLeftovers({ podman, env }, options.say)
    return await openWith({ ...options, id, runDir, podman, images, endOf: endingsOf(podman) })
  } catch (error) {
    // What is left after a failure of the clean-up itself is removed by the next start, or live down.
    if (podman) await removeRun(podman, id).catch(() => {})
    await podman?.close()
    await removeRunDir(id)
    throw error
  }
}

interface Parts extends TestbedOptions {
  id: string
  runDir: RunDir
  podman: Podman
  images: Images
  endOf: (container: string) => Promise<string>
}

async function openWith(parts: Parts): Promise<Testbed> {
  const { id, podman, images, runDir } = parts
  const proxyName = resourceName(id, 'proxy')
  await createNetworks(parts)
  const haproxy = await openHaproxy({
    runDir: runDir.proxy,
    service: parts.service,
    listenPort: LISTEN_PORT,
    now: parts.now,
    healthPath: parts.app.own?.healthPath,
    signalMaster: () => podman.kill(proxyName, 'SIGUSR2'),
    onEntry: parts.onEntry,
  })
  try {
    let proxy = await startProxy(parts, proxyName)
    const info = await haproxy
      .waitUp({ timeoutMs: PROXY_START_MS, signal: parts.signal })
      .catch(async (error) => {
        const log = await podman.logs(proxyName).catch(() => '')
        throw new Error(
          `${messageOf(error)}: ${log.trim().split('\n').slice(-3).join(' | ') || 'it is empty'}`,
          { cause: error },
        )
      })
    const { podman: podmanVersion, runtime, kernel } = await podman.version()
    const versions = { node: process.version, podman: podmanVersion, runtime, haproxy: info.version, kernel }
    return {
      id,
      url: `http://127.0.0.1:${proxy.port}`,
      runDir,
      podman,
      haproxy,
      images,
      versions,
      proxyPid: () => proxy.pid,
      createContainer: (name, broken) => createReplica(parts, name, broken ?? null),
      startContainer: (name) => startReplica(parts, name),
      pauseContainer: (name) => podman.pause(resourceName(id, name)),
      unpauseContainer: (name) => podman.unpause(resourceName(id, name)),
      endOf: (name) => parts.endOf(resourceName(id, name)),
      removeContainer: (name) => podman.remove(resourceName(id, name), { force: true }),
      replicaStates: () => replicaStates(podman, id),
      runningReplicas: async () => runningIn(await replicaStates(podman, id)),
      async restartProxy() {
        await podman.kill(proxyName, 'SIGKILL')
        haproxy.log.startOver()
        await podman.start(proxyName)
        proxy = { ...proxy, pid: (await podman.inspect(proxyName))?.pid ?? null }
        await haproxy.waitUp({ timeoutMs: PROXY_START_MS })
      },
      async close() {
        haproxy.close()
        await removeRun(podman, id)
        await podman.close()
        await removeRunDir(id)
      },
      async leave() {
        haproxy.close()
        await podman.close()
      },
    }
  } catch (error) {
    haproxy.close()
    throw error
  }
}

/**
 * `inside` is internal: replicas reach nothing else and nothing else reaches them. The proxy is on it and on
 * `edge`, because Podman publishes no port of a container that is only on an internal network.
 */
async function createNetworks({ podman, id, ownerPid }: Parts): Promise<void> {
  const labels = labelsOf(id, ownerPid)
  await podman.createNetwork({ name: resourceName(id, 'inside'), internal: true, labels })
  await podman.createNetwork({ name: resourceName(id, 'edge'), labels })
}

function labelsOf(id: string, ownerPid: number, more: Record<string, string> = {}): Record<string, string> {
  return { [RUN_LABEL]: id, ...ownerLabels(ownerPid), ...more }
}

/** Starts HAProxy's container; `port` is its own on 127.0.0.1. */
async function startProxy(
  { podman, id, images, runDir, port, ownerPid }: Parts,
  name: string,
): Promise<{ port: number; pid: number | null }> {
  await podman.createContainer({
    name,
    image: images.proxy,
    networks: [resourceName(id, 'inside'), resourceName(id, 'edge')],
    labels: labelsOf(id, ownerPid, { [ROLE_LABEL]: 'proxy' }),
    mounts: [{ source: runDir.proxy, target: RUN_DIR_IN_CONTAINER }],
    publish: [{ hostIp: '127.0.0.1', containerPort: LISTEN_PORT, ...(port > 0 ? { hostPort: port } : {}) }],
    command: haproxyCommand(),
    readOnlyRootfs: true,
    limits: LIMITS.proxy,
  })
  try {
    await podman.start(name)
  } catch (error) {
    if (!/address already in use/i.test(messageOf(error))) throw error
    throw environmentLacks(
      `port ${port} on 127.0.0.1 is taken`,
      'choose another --port, or 0 for a free one',
      error,
    )
  }
  const details = await podman.inspect(name)
  const published = details?.ports[LISTEN_PORT]
  if (!published) throw new Error(`podman publishes no port of ${name}`)
  return { port: published.hostPort, pid: details.pid }
}

async function createReplica(
  { podman, id, images, runDir, app, ownerPid }: Parts,
  replica: string,
  broken: BrokenStart | null,
): Promise<void> {
  const common = {
    name: resourceName(id, replica),
    networks: [resourceName(id, 'inside')],
    labels: labelsOf(id, ownerPid, { [ROLE_LABEL]: 'replica' }),
    limits: app.own ? LIMITS.own : LIMITS.replica,
    ...(broken ? BROKEN[broken] : {}),
  }
  if (app.own) return createOwn(podman, { image: app.own.image, ...common })
  const made = podman.createContainer({
    image: images.app,
    ...common,
    env: { INSTANCE: replica, DELAY: app.delay, RATE_LIMIT: app.rateLimit, PORT: String(APP_PORT) },
    mounts: [{ source: runDir.store, target: '/store' }],
    readOnlyRootfs: true,
  })
  await made.catch((error) => {
    throw isImageMissing(error) ? new Error('the image is not there', { cause: error }) : error
  })
}

const isImageMissing = (error: unknown) => /no such image|image not known/i.test(messageOf(error))

/** Its file system may be written, for who knows what it needs; of privileges it has none either. */
async function createOwn(podman: Podman, container: NewContainer): Promise<void> {
  try {
    await podman.createContainer(container)
  } catch (error) {
    if (!isImageMissing(error)) throw error
    throw environmentLacks(
      `--image ${container.image} is not on this machine`,
      `podman pull ${container.image}, or build it`,
      error,
    )
  }
}

async function startReplica({ podman, id, app, endOf }: Parts, replica: string): Promise<StartedReplica> {
  const name = resourceName(id, replica)
  await podman.start(name)
  const details = await podman.inspect(name)
  const address = details?.addresses[resourceName(id, 'inside')]
  if (!address) throw new Error(`${await endOf(name)} before it was ready`)
  return { server: { name: replica, address, port: app.own?.port ?? APP_PORT }, pid: details.pid }
}

async function replicaStates(podman: Podman, id: string): Promise<Map<string, ContainerState>> {
  const prefix = resourceName(id, '')
  const containers = await podman.list({ label: `${RUN_LABEL}=${id}` })
  return new Map(
    containers
      .filter(({ labels }) => labels[ROLE_LABEL] === 'replica')
      .map(({ name, state }) => [name.slice(prefix.length), state]),
  )
}

/** Names of those that run. */
function runningIn(states: ReadonlyMap<string, ContainerState>): string[] {
  return [...states].flatMap(([name, state]) => (state === 'running' ? [name] : []))
}

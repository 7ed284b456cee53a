import { randomBytes } from 'node:crypto'
import { environmentLacks, messageOf } from '../base/errors.ts'
import type { ProxyLogEntry } from '../control/signals.ts'
import type { ServiceSettings } from '../record/schema.ts'
import { type AppSettings, checkAppSettings } from './appSettings.ts'
import { removeRun } from './cleanup.ts'
import { containersEnv } from './engine/containersConf.ts'
import { ensureImages, type Images } from './engine/image.ts'
import { openPodman, type Podman } from './engine/podman.ts'
import { type Haproxy, openHaproxy } from './haproxy.ts'
import { OWNER_LABEL, ROLE_LABEL, RUN_LABEL, resourceName } from './labels.ts'
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

/** The real set-up, without replicas: networks, the proxy, the object store, and the means to start and stop replicas. */
export interface Testbed {
  readonly id: string
  readonly url: string
  readonly runDir: RunDir
  readonly podman: Podman
  readonly haproxy: Haproxy
  readonly images: Images
  readonly versions: Record<string, string>
  /** Makes and starts a replica's container; resolves with its address, before it listens. */
  startContainer(name: string): Promise<ProxyServer>
  removeContainer(name: string): Promise<void>
  /** Names of the replicas whose container runs. */
  runningReplicas(): Promise<string[]>
  /** Kills the proxy's container and starts it again. */
  restartProxy(): Promise<void>
  /** Removes everything that carries the run's label. */
  close(): Promise<void>
  /** Lets go of the containers without removing them (`live up`). */
  leave(): Promise<void>
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
    return await openWith({ ...options, id, runDir, podman, images })
  } catch (error) {
    if (podman) await removeRun(podman, id)
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
    signalMaster: () => podman.kill(proxyName, 'SIGUSR2'),
    onEntry: parts.onEntry,
  })
  try {
    const port = await startProxy(parts, proxyName)
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
      url: `http://127.0.0.1:${port}`,
      runDir,
      podman,
      haproxy,
      images,
      versions,
      startContainer: (name) => startReplica(parts, name),
      removeContainer: (name) => podman.remove(resourceName(id, name), { force: true }),
      runningReplicas: () => runningReplicas(podman, id),
      async restartProxy() {
        await podman.kill(proxyName, 'SIGKILL')
        await podman.start(proxyName)
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
  return { [RUN_LABEL]: id, [OWNER_LABEL]: String(ownerPid), ...more }
}

/** Starts HAProxy's container and returns its port on 127.0.0.1. */
async function startProxy(
  { podman, id, images, runDir, port, ownerPid }: Parts,
  name: string,
): Promise<number> {
  await podman.createContainer({
    name,
    image: images.proxy,
    networks: [resourceName(id, 'inside'), resourceName(id, 'edge')],
    labels: labelsOf(id, ownerPid, { [ROLE_LABEL]: 'proxy' }),
    mounts: [{ source: runDir.proxy, target: RUN_DIR_IN_CONTAINER }],
    publish: [{ hostIp: '127.0.0.1', containerPort: LISTEN_PORT, ...(port > 0 ? { hostPort: port } : {}) }],
    command: haproxyCommand(),
    readOnlyRootfs: true,
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
  return published.hostPort
}

async function startReplica(
  { podman, id, images, runDir, app, ownerPid }: Parts,
  replica: string,
): Promise<ProxyServer> {
  const name = resourceName(id, replica)
  const network = resourceName(id, 'inside')
  await podman.createContainer({
    name,
    image: images.app,
    networks: [network],
    labels: labelsOf(id, ownerPid, { [ROLE_LABEL]: 'replica' }),
    env: { INSTANCE: replica, DELAY: app.delay, RATE_LIMIT: app.rateLimit, PORT: String(APP_PORT) },
    mounts: [{ source: runDir.store, target: '/store' }],
    readOnlyRootfs: true,
    remove: true,
  })
  await podman.start(name)
  const address = (await podman.inspect(name))?.addresses[network]
  if (!address) throw new Error(`container ${name} ended as soon as it was started`)
  return { name: replica, address, port: APP_PORT }
}

async function runningReplicas(podman: Podman, id: string): Promise<string[]> {
  const prefix = resourceName(id, '')
  const containers = await podman.list({ label: `${RUN_LABEL}=${id}` })
  return containers
    .filter(({ labels, state }) => labels[ROLE_LABEL] === 'replica' && state === 'running')
    .map(({ name }) => name.slice(prefix.length))
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { access, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, every, monotonicMs, sleep } from '../../base/clock.ts'
import { environmentLacks } from '../../base/errors.ts'
import { PodmanApi } from './podmanApi.ts'

const START_TIMEOUT_MS = 20_000
const STOP_TIMEOUT_MS = 5_000
/** The service ends itself when nobody has asked for so long: nothing stays if this process is killed (-9). */
const IDLE_S = 900
const KEEP_ALIVE_MS = 300_000

export interface Service {
  api: PodmanApi
  /** Closes the connections; ends the service where this process started it. */
  close(): Promise<void>
}

/**
 * A running service of the machine where one answers and no special containers.conf is needed (a service
 * started by others would not read ours); else one of our own in the run's folder.
 */
export async function openService(options: {
  runDir: string
  env: NodeJS.ProcessEnv
  signal?: AbortSignal
}): Promise<Service> {
  if (!options.env.CONTAINERS_CONF) {
    const running = await runningService(options.env)
    if (running) return { api: running, close: () => running.close() }
  }
  return startService(options)
}

async function runningService(env: NodeJS.ProcessEnv): Promise<PodmanApi | null> {
  for (const path of socketPaths(env)) {
    if (!(await exists(path))) continue
    const api = new PodmanApi(path)
    if (await answers(api)) return api
    await api.close()
  }
  return null
}

/** Where a service may listen: CONTAINER_HOST if it is a Unix socket, then Podman's own places. */
export function socketPaths(env: NodeJS.ProcessEnv): string[] {
  const host = /^unix:\/\/(.+)$/.exec(env.CONTAINER_HOST ?? '')?.[1]
  const isRoot = process.getuid?.() === 0
  const usual = isRoot ? '/run/podman' : env.XDG_RUNTIME_DIR ? `${env.XDG_RUNTIME_DIR}/podman` : null
  return [host, usual && `${usual}/podman.sock`].filter((path): path is string => Boolean(path))
}

async function startService(options: {
  runDir: string
  env: NodeJS.ProcessEnv
  signal?: AbortSignal
}): Promise<Service> {
  const socketPath = join(options.runDir, 'podman.sock')
  const logPath = join(options.runDir, 'podman.log')
  await mkdir(options.runDir, { recursive: true })
  await rm(socketPath, { force: true })

  const child = spawnService({ socketPath, logPath, env: options.env })
  const api = new PodmanApi(socketPath)
  const close = async () => {
    await api.close()
    await stop(child)
    await rm(socketPath, { force: true })
  }
  try {
    await untilAnswers({ child, api, socketPath, logPath, signal: options.signal })
  } catch (error) {
    await close()
    throw error
  }
  const stopKeepAlive = every(KEEP_ALIVE_MS, () => void answers(api))
  return {
    api,
    close: () => {
      stopKeepAlive()
      return close()
    },
  }
}

/**
 * `detached` puts it in a process group of its own: Ctrl-C in the terminal must not end the service before
 * the clean-up has used it. Its log goes to a file, not a pipe, so that it outlives a killed parent in peace.
 */
function spawnService(options: {
  socketPath: string
  logPath: string
  env: NodeJS.ProcessEnv
}): ChildProcess {
  const log = openSync(options.logPath, 'a')
  try {
    const args = ['system', 'service', '--time', String(IDLE_S), `unix://${options.socketPath}`]
    // CONTAINER_HOST would turn podman into a client of another service.
    const { CONTAINER_HOST: _, ...env } = options.env
    const child = spawn('podman', args, { detached: true, stdio: ['ignore', log, log], env })
    child.on('error', () => {}) // told by untilAnswers: there is no pid
    child.unref()
    return child
  } finally {
    closeSync(log)
  }
}

async function untilAnswers(options: {
  child: ChildProcess
  api: PodmanApi
  socketPath: string
  logPath: string
  signal?: AbortSignal
}): Promise<void> {
  const { child } = options
  const deadlineMs = monotonicMs() + START_TIMEOUT_MS
  if (child.pid === undefined) {
    throw environmentLacks(
      'podman is not installed',
      'apt-get install -y --no-install-recommends podman runc netavark aardvark-dns',
    )
  }
  while (!((await exists(options.socketPath)) && (await answers(options.api)))) {
    const ended = child.exitCode !== null || child.signalCode !== null
    if (ended || monotonicMs() > deadlineMs) {
      const why = ended
        ? `ended with ${child.exitCode ?? child.signalCode}`
        : `no answer in ${START_TIMEOUT_MS} ms`
      const log = await readFile(options.logPath, 'utf8').catch(() => '')
      throw environmentLacks(
        `podman system service: ${why}: ${log.trim().split('\n').slice(-3).join(' | ')}`,
        'podman system service must work: try `podman info`',
      )
    }
    await sleep(20, options.signal)
  }
}

async function answers(api: PodmanApi): Promise<boolean> {
  try {
    await api.bytes({ name: 'ping', subject: '', method: 'GET', path: '/_ping', timeoutMs: 5_000 })
    return true
  } catch {
    return false
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const cancelKill = after(STOP_TIMEOUT_MS, () => child.kill('SIGKILL'))
  child.ref()
  await exited
  cancelKill()
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

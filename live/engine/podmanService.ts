import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, rmSync } from 'node:fs'
import { access, mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, every, monotonicMs, sleep } from '../../base/clock.ts'
import { environmentLacks } from '../../base/errors.ts'
import { PodmanApi } from './podmanApi.ts'

const START_TIMEOUT_MS = 20_000
const STOP_TIMEOUT_MS = 5_000
/** The service ends itself when nobody has asked for so long: nothing stays if this process is killed (-9). */
const IDLE_S = 900
const KEEP_ALIVE_MS = 300_000
/** One that dies sooner after its start than this is not started again at once. */
const REBIRTH_PAUSE_MS = 1000

export interface Service {
  api: PodmanApi
  /** Fault: sends a signal to the service; false where it is not ours. */
  signal(name: NodeJS.Signals): boolean
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
    if (running) return { api: running, signal: () => false, close: () => running.close() }
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

/** A service of our own. One that dies is started again: the calls that it took with it are made again (podmanApi.ts). */
async function startService(options: {
  runDir: string
  env: NodeJS.ProcessEnv
  signal?: AbortSignal
}): Promise<Service> {
  const { env, signal } = options
  const socketPath = join(options.runDir, 'podman.sock')
  const logPath = join(options.runDir, 'podman.log')
  await mkdir(options.runDir, { recursive: true })
  const closing = new AbortController()

  let child: ChildProcess
  const begin = () => {
    rmSync(socketPath, { force: true })
    child = spawnService({ socketPath, logPath, env })
  }
  const watch = () => {
    const bornMs = monotonicMs()
    child.once('exit', () => {
      const pauseMs = Math.max(0, bornMs + REBIRTH_PAUSE_MS - monotonicMs())
      void sleep(pauseMs, closing.signal).then(
        () => {
          begin()
          watch()
        },
        () => {},
      )
    })
  }
  const untilBack = () =>
    untilAnswers({ ending: () => (closing.signal.aborted ? 'closed' : null), api, socketPath, logPath })
  const api = new PodmanApi(socketPath, untilBack)
  const close = async () => {
    closing.abort(new Error('the service is no longer needed'))
    await api.close()
    await stop(child)
    await rm(socketPath, { force: true })
  }
  try {
    begin()
    assertInstalled(child!)
    await untilAnswers({ ending: () => endingOf(child), api, socketPath, logPath, signal })
    watch()
  } catch (error) {
    await close()
    throw error
  }
  const stopKeepAlive = every(KEEP_ALIVE_MS, () => void answers(api))
  return {
    api,
    signal: (name) => child.kill(name),
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
    // Its working folder is the run's: conmon writes a file `oom` there when a container runs out of memory (2.1.6).
    const cwd = dirname(options.socketPath)
    const child = spawn('podman', args, { detached: true, stdio: ['ignore', log, log], env, cwd })
    child.on('error', () => {}) // told by untilAnswers: there is no pid
    child.unref()
    return child
  } finally {
    closeSync(log)
  }
}

function assertInstalled(child: ChildProcess): void {
  if (child.pid !== undefined) return
  throw environmentLacks(
    'podman is not installed',
    'apt-get install -y --no-install-recommends podman runc netavark aardvark-dns',
  )
}

/** How it ended; null while it runs. */
function endingOf({ exitCode, signalCode }: ChildProcess): string | null {
  const how = exitCode ?? signalCode
  return how === null ? null : `ended with ${how}`
}

/** @param options.ending why there is nothing to wait for any more; null while there is. */
async function untilAnswers(options: {
  ending: () => string | null
  api: PodmanApi
  socketPath: string
  logPath: string
  signal?: AbortSignal
}): Promise<void> {
  const deadlineMs = monotonicMs() + START_TIMEOUT_MS
  while (!((await exists(options.socketPath)) && (await answers(options.api)))) {
    const ended = options.ending()
    if (ended !== null || monotonicMs() > deadlineMs) {
      const why = ended ?? `no answer in ${START_TIMEOUT_MS} ms`
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
    await api.bytes({
      name: 'ping',
      subject: '',
      method: 'GET',
      path: '/_ping',
      timeoutMs: 5_000,
      once: true,
    })
    return true
  } catch {
    return false
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || endingOf(child) !== null) return
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

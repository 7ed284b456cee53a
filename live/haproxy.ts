import { join } from 'node:path'
import { monotonicMs, sleep } from '../base/clock.ts'
import { DEFAULT_HEALTH } from '../control/service.ts'
import type { ProxyCounters, ProxyLogEntry } from '../control/signals.ts'
import type { HealthChecks, ServiceSettings } from '../record/schema.ts'
import { HEALTH_PATH } from './appSettings.ts'
import { checkServer } from './proxy/checkServer.ts'
import {
  BACKEND,
  haproxyConfig,
  type ProxyServer,
  RUN_DIR_IN_CONTAINER,
  RUN_FILES,
  serverParameters,
} from './proxy/haproxyConfig.ts'
import { followLog, type LogFollower } from './proxy/haproxyLog.ts'
import { ask, HaproxyError } from './proxy/haproxySocket.ts'
import {
  type ProxyInfo,
  parseCounters,
  parseInfo,
  parseServers,
  type ServerRow,
} from './proxy/haproxyStats.ts'
import { replaceFile } from './proxy/replaceFile.ts'

export interface HaproxyOptions {
  /** The folder on this machine that HAProxy's container sees as `runDirInContainer`. */
  runDir: string
  service: ServiceSettings
  listenPort: number
  /** The run's clock. */
  now: () => number
  /** Sends SIGUSR2 to HAProxy's master: reload. */
  signalMaster: () => Promise<void>
  /** Each request's line, as it arrives. */
  onEntry: (entry: ProxyLogEntry) => void
  health?: HealthChecks
  /** What a health check asks for. Default: the web application's own. */
  healthPath?: string
  runDirInContainer?: string
  /** False: always regenerate and reload, as for a HAProxy older than 2.5. Default: as HAProxy answers. */
  dynamicServers?: boolean
}

export interface Patience {
  timeoutMs: number
  signal?: AbortSignal
}

/** HAProxy, driven through its run folder alone. A replica's life: addServer, waitReady, drain, removeServer. */
export interface Haproxy {
  /** Resolves when a HAProxy that was just started answers. */
  waitUp(patience: Patience): Promise<ProxyInfo>
  /** One line of the Runtime API to the present worker (management guide 9.3), `;` between commands. */
  command(text: string): Promise<string>
  info(): Promise<ProxyInfo>
  /** Of the present worker: after a reload the former one's last requests are not in them. */
  counters(): Promise<ProxyCounters>
  servers(): Promise<ServerRow[]>
  /** Adds a server that gets no request before its own health check has passed. */
  addServer(server: ProxyServer): Promise<void>
  /** Resolves when the server is up. */
  waitReady(name: string, patience: Patience): Promise<void>
  /** No new request for the server; resolves when it has none left, or after the time-out. Either way it is in maintenance then. */
  drain(name: string, patience: Patience): Promise<{ drained: boolean; inFlight: number }>
  /** Forgets the server. Requests still at it after the time-out are cut. */
  removeServer(name: string, patience?: Patience): Promise<void>
  /** For a replica that died: no new request, what waits for it goes elsewhere. Those at it end when its connections do. */
  markDown(name: string): Promise<void>
  /** Regenerates the configuration with these servers, or those that there are, and reloads. Those that are up stay up. */
  reload(servers?: readonly ProxyServer[]): Promise<void>
  /** After a restart: adds what is missing, readies what is in maintenance, drains what is not expected. */
  reconcile(
    expected: readonly ProxyServer[],
  ): Promise<{ added: string[]; readied: string[]; extra: string[] }>
  readonly log: LogFollower
  close(): void
}

const COMMAND_TIMEOUT_MS = 2000
const POLL_MS = 50
const RELOAD_TIMEOUT_MS = 10_000
const REMOVE_TIMEOUT_MS = 5000

/** Writes the configuration (without servers) and follows the log; HAProxy may then be started. */
export async function openHaproxy(options: HaproxyOptions): Promise<Haproxy> {
  const driver = new Driver(options)
  await driver.writeConfig()
  return driver
}

/** What the driver knows of a server. The configuration file always says the same, for a HAProxy that restarts by itself. */
interface Member {
  server: ProxyServer
  /** Was seen up, and has not been drained or marked down since: may serve at once after a restart. */
  trusted: boolean
}

class Driver implements Haproxy {
  readonly log: LogFollower
  private readonly options: HaproxyOptions
  private readonly health: HealthChecks
  private members = new Map<string, Member>()
  private dynamic: boolean
  private last: Promise<unknown> = Promise.resolve()

  constructor(options: HaproxyOptions) {
    this.options = options
    this.health = options.health ?? options.service.health ?? DEFAULT_HEALTH
    this.dynamic = options.dynamicServers ?? true
    this.log = followLog({
      path: join(options.runDir, RUN_FILES.log),
      now: options.now,
      onEntry: options.onEntry,
    })
  }

  command(text: string): Promise<string> {
    return ask({ socketPath: this.path('admin'), command: text, timeoutMs: COMMAND_TIMEOUT_MS })
  }

  async info(): Promise<ProxyInfo> {
    return parseInfo(await this.command('show info'))
  }

  async counters(): Promise<ProxyCounters> {
    return parseCounters(await this.command('show stat'))
  }

  async servers(): Promise<ServerRow[]> {
    return parseServers(await this.command('show stat'))
  }

  async waitUp(patience: Patience): Promise<ProxyInfo> {
    let cause: unknown
    const answers = () =>
      this.info().catch((error) => {
        cause = error
      })
    const info = await poll(patience, answers)
    if (info) return info
    const problem = `HAProxy did not answer within ${patience.timeoutMs}ms. The log of its container says why`
    throw new Error(problem, { cause })
  }

  addServer(server: ProxyServer): Promise<void> {
    checkServer(server)
    return this.exclusive(() => this.add(server))
  }

  async waitReady(name: string, patience: Patience): Promise<void> {
    let seen = 'HAProxy does not answer'
    const isUp = async () => {
      const row = (await this.servers().catch(() => null))?.find((row) => row.name === name)
      if (row) seen = `it is ${row.status}, its last check said ${row.check || 'nothing yet'}`
      return row?.status === 'up'
    }
    if (!(await poll(patience, isUp))) {
      throw new Error(`server ${name} was not ready within ${patience.timeoutMs}ms: ${seen}`)
    }
    await this.exclusive(() => this.trust(name, true))
  }

  async drain(name: string, patience: Patience): Promise<{ drained: boolean; inFlight: number }> {
    await this.exclusive(async () => {
      await this.setState(name, 'drain')
      await this.trust(name, false)
    })
    // Twice in a row: between being chosen and its connection a request is not yet counted at the server.
    let inFlight = 0
    let emptyBefore = false
    const isEmpty = async () => {
      const seen = await this.inFlightAt(name)
      inFlight = seen ?? inFlight
      const empty = seen === 0
      const settled = empty && emptyBefore
      emptyBefore = empty
      return settled
    }
    const drained = Boolean(await poll(patience, isEmpty))
    await this.exclusive(() => this.setState(name, 'maint'))
    return { drained, inFlight }
  }

  async removeServer(name: string, patience: Patience = { timeoutMs: REMOVE_TIMEOUT_MS }): Promise<void> {
    await this.exclusive(async () => {
      await this.setState(name, 'maint')
      this.members.delete(name)
      await this.writeConfig()
      if (!this.dynamic) await this.replaceWorker()
    })
    // Its last connections may take their time; the changes that others wait for do not wait for them.
    if (this.dynamic) await this.deleteServer(name, patience)
  }

  markDown(name: string): Promise<void> {
    return this.exclusive(async () => {
      await this.setState(name, 'maint')
      await this.trust(name, false)
    })
  }

  reload(servers?: readonly ProxyServer[]): Promise<void> {
    for (const server of servers ?? []) checkServer(server)
    return this.exclusive(() => this.reloadWith(servers ?? this.present()))
  }

  reconcile(
    expected: readonly ProxyServer[],
  ): Promise<{ added: string[]; readied: string[]; extra: string[] }> {
    return this.exclusive(async () => {
      const rows = await this.servers()
      const statusOf = new Map(rows.map((row) => [row.name, row.status]))
      const names = new Set(expected.map((server) => server.name))
      const missing = expected.filter((server) => !statusOf.has(server.name))
      const inMaintenance = expected.filter((server) => statusOf.get(server.name) === 'maint')
      const extra = rows.filter(
        (row) => !names.has(row.name) && (row.status === 'up' || row.status === 'down'),
      )
      for (const server of missing) await this.add(server)
      for (const server of inMaintenance) await this.makeReady(server.name)
      for (const row of extra) await this.setState(row.name, 'drain')
      const named = (list: readonly { name: string }[]) => list.map(({ name }) => name)
      return { added: named(missing), readied: named(inMaintenance), extra: named(extra) }
    })
  }

  close(): void {
    this.log.close()
  }

  /** Replaces the configuration file at once: HAProxy never reads half of one. */
  async writeConfig(): Promise<void> {
    const text = haproxyConfig({
      service: this.options.service,
      listenPort: this.options.listenPort,
      servers: [...this.members.values()].map(({ server, trusted }) => ({ ...server, disabled: !trusted })),
      health: this.health,
      healthPath: this.options.healthPath ?? HEALTH_PATH,
      runDirInContainer: this.options.runDirInContainer ?? RUN_DIR_IN_CONTAINER,
    })
    await replaceFile(this.path('config'), text)
  }

  private path(file: keyof typeof RUN_FILES): string {
    return join(this.options.runDir, RUN_FILES[file])
  }

  /** One change of the servers after the other: each ends with the file and HAProxy in agreement. */
  private exclusive<T>(change: () => Promise<T>): Promise<T> {
    const done = this.last.then(change)
    this.last = done.catch(() => {})
    return done
  }

  private async add(server: ProxyServer): Promise<void> {
    if (this.dynamic) this.dynamic = await this.addAtRunTime(server)
    if (!this.dynamic) {
      return this.reloadWith([...this.present().filter(({ name }) => name !== server.name), server])
    }
    this.members.set(server.name, { server, trusted: false })
    await this.makeReady(server.name)
    await this.writeConfig()
  }

  private present(): ProxyServer[] {
    return [...this.members.values()].map(({ server }) => server)
  }

  /** False where this HAProxy cannot: dynamic servers came with 2.4 (experimental) and 2.5. */
  private async addAtRunTime({ name, address, port }: ProxyServer): Promise<boolean> {
    const command = `add server ${BACKEND}/${name} ${address}:${port} ${serverParameters(this.options.service, this.health)}`
    const answer = await this.command(command)
    if (/unknown command|experimental/i.test(answer)) return false
    // One that is not ours yet exists where an earlier command was carried out and its answer did not come.
    const fine = this.members.has(name) ? /New server registered/ : /New server registered|Already exists/i
    if (!fine.test(answer)) throw new HaproxyError({ command, answer })
    return true
  }

  /**
   * Takes a server out of maintenance such that its first request comes after its first passed check.
   * Must stay true: at no moment is it up, in service and unchecked. Leaving maintenance makes a server up
   * at once, whatever its checks say (server.c: "start OK but check immediately"); so it leaves for the drain
   * state, where it gets nothing, is declared down there, and only then leaves the drain state. Checks come
   * last: one that passed before that would make the server up without fetching what waits in the queue.
   */
  private async makeReady(name: string): Promise<void> {
    const server = `${BACKEND}/${name}`
    const command = [
      `set server ${server} state drain`,
      `disable health ${server}`,
      `set server ${server} health down`,
      `set server ${server} state ready`,
      `enable health ${server}`,
    ].join('; ')
    const answer = await this.command(command)
    if (answer !== '') throw new HaproxyError({ command, answer })
  }

  /** In all workers: one that is being replaced still hands out the requests in its queue. */
  private async setState(name: string, state: 'drain' | 'maint'): Promise<void> {
    const command = `set server ${BACKEND}/${name} state ${state}`
    for (const worker of await this.oldWorkers()) await worker(command).catch(() => '')
    const answer = await this.command(command)
    if (answer !== '' && answer !== 'No such server.') throw new HaproxyError({ command, answer })
  }

  /**
   * Requests at a server, over all workers; undefined where a replaced worker gave no whole answer. It may end
   * between being listed and being asked, or while it answers: only the next list tells that it is gone.
   */
  private async inFlightAt(name: string): Promise<number | undefined> {
    const at = (csv: string) => parseServers(csv).find((row) => row.name === name)?.inFlight ?? 0
    let inFlight = at(await this.command('show stat'))
    for (const worker of await this.oldWorkers()) {
      const theirs = await worker('show stat')
        .then(at)
        .catch(() => undefined)
      if (theirs === undefined) return undefined
      inFlight += theirs
    }
    return inFlight
  }

  /** Workers that a reload replaced and that still have requests, each as its command function (management guide 9.4). */
  private async oldWorkers(): Promise<((text: string) => Promise<string>)[]> {
    const master = (command: string) =>
      ask({ socketPath: this.path('master'), command, timeoutMs: COMMAND_TIMEOUT_MS })
    const processes = await master('show proc').catch(() => '')
    const old = processes.split('# old workers')[1]?.split('#')[0] ?? ''
    return [...old.matchAll(/^(\d+)\s+worker/gm)].map((match) => (text) => master(`@!${match[1]} ${text}`))
  }

  private async deleteServer(name: string, { timeoutMs, signal }: Patience): Promise<void> {
    const command = `del server ${BACKEND}/${name}`
    let answer = ''
    const isDeleted = async () => {
      answer = await this.command(command)
      if (/Server deleted|No such server/.test(answer)) return true
      if (!/still has connections/.test(answer)) throw new HaproxyError({ command, answer })
      return false
    }
    if (await poll({ timeoutMs, signal }, isDeleted)) return
    await this.command(`shutdown sessions server ${BACKEND}/${name}`)
    if (!(await poll({ timeoutMs: 1000, signal }, isDeleted))) throw new HaproxyError({ command, answer })
  }

  private async trust(name: string, trusted: boolean): Promise<void> {
    const member = this.members.get(name)
    if (!member || member.trusted === trusted) return
    member.trusted = trusted
    await this.writeConfig()
  }

  private async reloadWith(servers: readonly ProxyServer[]): Promise<void> {
    const before = await this.servers()
    const status = new Map(before.map((row) => [row.name, row.status]))
    this.members = new Map(
      servers.map((server) => [server.name, { server, trusted: status.get(server.name) === 'up' }]),
    )
    await this.writeConfig()
    await this.replaceWorker()
    const waiting = servers.filter(({ name }) => !status.has(name) || status.get(name) === 'down')
    for (const server of waiting) await this.makeReady(server.name)
  }

  private async replaceWorker(): Promise<void> {
    const { pid } = await this.info()
    await this.options.signalMaster()
    const patience = { timeoutMs: RELOAD_TIMEOUT_MS }
    const isReplaced = async () => {
      const now = await this.info().catch(() => null)
      return now !== null && now.pid !== pid
    }
    if (!(await poll(patience, isReplaced))) {
      throw new Error(
        `HAProxy did not take over ${this.path('config')} within ${RELOAD_TIMEOUT_MS}ms; the former worker ` +
          'goes on. The log of its container says what is wrong in the file',
      )
    }
  }
}

/** The first true answer, or undefined when the time is over. */
async function poll<T>({ timeoutMs, signal }: Patience, f: () => Promise<T>): Promise<T | undefined> {
  const endMs = monotonicMs() + timeoutMs
  for (;;) {
    signal?.throwIfAborted()
    const answer = await f()
    if (answer) return answer
    if (monotonicMs() >= endMs) return undefined
    await sleep(POLL_MS, signal)
  }
}

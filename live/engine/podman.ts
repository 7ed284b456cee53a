import { assert } from '../../base/assert.ts'
import { containerSpec, type NewContainer } from './containerSpec.ts'
import type { PodmanApi } from './podmanApi.ts'
import { openService } from './podmanService.ts'

export type { NewContainer } from './containerSpec.ts'
export { PodmanError } from './podmanApi.ts'

export type ContainerState =
  | 'configured'
  | 'created'
  | 'initialized'
  | 'running'
  | 'paused'
  | 'stopping'
  | 'stopped'
  | 'exited'
  | 'removing'
  | 'unknown'

export interface ContainerDetails {
  id: string
  state: ContainerState
  /** Address on each of its networks; '' while it does not run. */
  addresses: Record<string, string>
  /** Host ports by container port, where published. */
  ports: Record<number, { hostIp: string; hostPort: number }>
  /** Process id of PID 1 on the host; null while it does not run. */
  pid: number | null
  /** Null until it has ended. */
  exitCode: number | null
  /** Its limits; null where it has none. */
  memoryBytes: number | null
  cpu: CpuLimit | null
  /** Whether the kernel killed it since it had reached its memory limit. */
  oomKilled: boolean
}

export interface ListedContainer {
  name: string
  id: string
  state: ContainerState
  labels: Record<string, string>
}

/** The container engine. Nothing here blocks or waits longer than its time-out; calls may run side by side. */
export interface Podman {
  version(): Promise<{ podman: string; runtime: string; cgroup: string; kernel: string }>
  createNetwork(network: { name: string; internal?: boolean; labels?: Record<string, string> }): Promise<void>
  /** A network that does not exist is not an error. */
  removeNetwork(name: string): Promise<void>
  listNetworks(filter: { label: string }): Promise<{ name: string; labels: Record<string, string> }[]>
  /** The image must exist: nothing is pulled. */
  createContainer(container: NewContainer): Promise<void>
  start(name: string): Promise<void>
  pause(name: string): Promise<void>
  unpause(name: string): Promise<void>
  /** SIGTERM, and SIGKILL after `timeoutS`. A container that does not run is not an error. */
  stop(name: string, options: { timeoutS: number }): Promise<void>
  kill(name: string, signal: string): Promise<void>
  /** What it may use of the cores from now on: `quotaUs` of CPU time in every period (CFS bandwidth control); null for all. Podman 4.3 or newer. */
  limitCpu(name: string, limit: CpuLimit | null): Promise<void>
  /** A container that does not exist is not an error. `force` kills it first. */
  remove(name: string, options: { force: boolean }): Promise<void>
  /** Null where there is no such container. */
  inspect(name: string): Promise<ContainerDetails | null>
  /** `label` is `key` or `key=value`. Stopped ones too. */
  list(filter: { label: string }): Promise<ListedContainer[]>
  /** Names of those that are in the storage only: whoever made or removed them was killed in the middle. They have no labels. */
  listHalfMade(): Promise<string[]>
  /** What it has written to stdout and stderr. */
  logs(name: string): Promise<string>
  /** CPU time since its start, in ns, and memory now. */
  stats(name: string): Promise<{ cpuNs: number; memoryBytes: number }>
  /** Runs a command in it to its end; output is stdout and stderr in the order of their arrival. */
  exec(name: string, argv: readonly string[], options?: { timeoutMs?: number }): Promise<ExecResult>
  /** Faults of the engine itself. */
  readonly faults: EngineFaults
  /** Closes the connections and ends the service that openPodman started. Containers go on. */
  close(): Promise<void>
}

export interface CpuLimit {
  quotaUs: number
  periodUs: number
}

export interface EngineFaults {
  /** Every call fails with this message; null: no longer. */
  fail(message: string | null): void
  /** Sends a signal to the service; false where it is not ours. */
  signal(name: NodeJS.Signals): boolean
}

export interface ExecResult {
  exitCode: number
  output: string
}

/**
 * @param options.env from containersEnv(): with it podman works on this machine.
 * @param options.signal ends the opening; later calls are not tied to it, for the clean-up needs them.
 */
export async function openPodman(options: {
  runDir: string
  env: NodeJS.ProcessEnv
  signal?: AbortSignal
}): Promise<Podman> {
  const { api, signal, close } = await openService(options)
  const fail = (message: string | null) => {
    api.failure = message
  }
  return {
    ...networkCalls(api),
    ...lifeCycleCalls(api),
    ...readingCalls(api),
    exec: (name, argv, execOptions) => exec(api, name, argv, execOptions),
    faults: { fail, signal },
    close,
  }
}

function networkCalls(api: PodmanApi) {
  return {
    async createNetwork(network: { name: string; internal?: boolean; labels?: Record<string, string> }) {
      await api.json({
        name: 'create network',
        subject: network.name,
        method: 'POST',
        path: '/networks/create',
        body: {
          name: network.name,
          driver: 'bridge',
          internal: network.internal ?? false,
          labels: network.labels ?? {},
          // Instances are reached by address; a name server would be one more process to start and to wait for.
          dns_enabled: false,
        },
      })
    },
    async removeNetwork(name: string) {
      const path = `/networks/${encodeURIComponent(name)}`
      await api.json({ name: 'remove network', subject: name, method: 'DELETE', path, alsoFine: [404] })
    },
    async listNetworks({ label }: { label: string }) {
      const query = { filters: JSON.stringify({ label: [label] }) }
      const call = {
        name: 'list networks',
        subject: label,
        method: 'GET',
        path: '/networks/json',
        query,
      } as const
      const rows = ((await api.json(call)) ?? []) as { name: string; labels?: Record<string, string> }[]
      return rows.map((row) => ({ name: row.name, labels: row.labels ?? {} }))
    },
  }
}

function lifeCycleCalls(api: PodmanApi) {
  const post = async (
    verb: string,
    name: string,
    query: Record<string, string | number> = {},
    alsoFine: number[] = [],
  ) => {
    const path = `/containers/${encodeURIComponent(name)}/${verb}`
    await api.json({ name: verb, subject: name, method: 'POST', path, query, alsoFine })
  }
  return {
    async createContainer(container: NewContainer) {
      const { name } = container
      const body = containerSpec(container)
      await api.json({
        name: 'create',
        subject: name,
        method: 'POST',
        path: '/containers/create',
        body,
      })
    },
    start: (name: string) => post('start', name, {}, [304]),
    pause: (name: string) => post('pause', name),
    unpause: (name: string) => post('unpause', name),
    stop: (name: string, { timeoutS }: { timeoutS: number }) =>
      post('stop', name, { timeout: timeoutS }, [304]),
    kill: (name: string, signal: string) => post('kill', name, { signal }),
    async limitCpu(name: string, limit: CpuLimit | null) {
      const path = `/containers/${encodeURIComponent(name)}/update`
      await api.bytes({
        name: 'update',
        subject: name,
        method: 'POST',
        path,
        body: { cpu: limit === null ? { quota: -1 } : { quota: limit.quotaUs, period: limit.periodUs } },
      })
    },
    async remove(name: string, { force }: { force: boolean }) {
      const path = `/containers/${encodeURIComponent(name)}`
      const query = { force, timeout: 0, v: true }
      await api.json({ name: 'remove', subject: name, method: 'DELETE', path, query, alsoFine: [404] })
    },
  }
}

/** Podman's JSON, as far as it is read here. */
interface InspectJson {
  Id: string
  State: { Status: ContainerState; Pid: number; ExitCode: number; OOMKilled?: boolean }
  HostConfig?: { Memory?: number; CpuQuota?: number; CpuPeriod?: number }
  NetworkSettings: {
    Networks?: Record<string, { IPAddress: string }> | null
    Ports?: Record<string, { HostIp: string; HostPort: string }[] | null> | null
  }
}

function readingCalls(api: PodmanApi) {
  return {
    async version() {
      const call = { name: 'info', subject: '', method: 'GET', path: '/info' } as const
      const info = (await api.json(call)) as {
        version: { Version: string }
        host: { ociRuntime: { name: string }; cgroupVersion: string; kernel: string }
      }
      return {
        podman: info.version.Version,
        runtime: info.host.ociRuntime.name,
        cgroup: info.host.cgroupVersion,
        kernel: info.host.kernel,
      }
    },
    async inspect(name: string) {
      const path = `/containers/${encodeURIComponent(name)}/json`
      const json = await api.json({ name: 'inspect', subject: name, method: 'GET', path, alsoFine: [404] })
      return json === null ? null : detailsOf(json as InspectJson)
    },
    async list({ label }: { label: string }) {
      const query = { all: true, filters: JSON.stringify({ label: [label] }) }
      const call = { name: 'list', subject: label, method: 'GET', path: '/containers/json', query } as const
      const rows = ((await api.json(call)) ?? []) as {
        Names: string[]
        Id: string
        State: ContainerState
        Labels: Record<string, string> | null
      }[]
      return rows.map((row) => ({
        name: row.Names[0]!,
        id: row.Id,
        state: row.State,
        labels: row.Labels ?? {},
      }))
    },
    async listHalfMade() {
      const query = { all: true, external: true }
      const call = { name: 'list', subject: '', method: 'GET', path: '/containers/json', query } as const
      const rows = ((await api.json(call)) ?? []) as { Names: string[]; State: string }[]
      return rows.filter(({ State }) => State === 'storage').map(({ Names }) => Names[0]!)
    },
    async logs(name: string) {
      const query = { stdout: true, stderr: true }
      const path = `/containers/${encodeURIComponent(name)}/logs`
      const { bytes } = await api.bytes({ name: 'logs', subject: name, method: 'GET', path, query })
      return demultiplexed(bytes).toString('utf8')
    },
    async stats(name: string) {
      const query = { containers: name, stream: false }
      const call = { name: 'stats', subject: name, method: 'GET', path: '/containers/stats', query } as const
      const json = (await api.json(call)) as { Stats: { CPUNano: number; MemUsage: number }[] | null }
      const row = json.Stats?.[0]
      assert(row, `podman stats ${name} answered without a row`)
      return { cpuNs: row.CPUNano, memoryBytes: row.MemUsage }
    },
  }
}

function detailsOf(json: InspectJson): ContainerDetails {
  const { State, NetworkSettings, HostConfig = {} } = json
  const { Memory = 0, CpuQuota = 0, CpuPeriod = 0 } = HostConfig
  const networks = Object.entries(NetworkSettings.Networks ?? {})
  const published = Object.entries(NetworkSettings.Ports ?? {}).flatMap(([port, hosts]) =>
    (hosts ?? []).map((host) => [
      Number.parseInt(port, 10),
      { hostIp: host.HostIp, hostPort: Number(host.HostPort) },
    ]),
  )
  const ended = State.Status === 'exited' || State.Status === 'stopped'
  return {
    id: json.Id,
    state: State.Status,
    addresses: Object.fromEntries(networks.map(([network, { IPAddress }]) => [network, IPAddress])),
    ports: Object.fromEntries(published),
    pid: State.Pid > 0 ? State.Pid : null,
    exitCode: ended ? State.ExitCode : null,
    memoryBytes: Memory > 0 ? Memory : null,
    cpu: CpuQuota > 0 && CpuPeriod > 0 ? { quotaUs: CpuQuota, periodUs: CpuPeriod } : null,
    oomKilled: State.OOMKilled ?? false,
  }
}

async function exec(
  api: PodmanApi,
  name: string,
  argv: readonly string[],
  { timeoutMs }: { timeoutMs?: number } = {},
): Promise<ExecResult> {
  const call = { name: 'exec', subject: name, method: 'POST', timeoutMs, once: true } as const
  const made = (await api.json({
    ...call,
    path: `/containers/${encodeURIComponent(name)}/exec`,
    body: { Cmd: argv, AttachStdout: true, AttachStderr: true },
  })) as { Id: string }
  const { bytes } = await api.bytes({
    ...call,
    path: `/exec/${made.Id}/start`,
    body: { Detach: false, Tty: false },
  })
  const ended = (await api.json({ ...call, method: 'GET', path: `/exec/${made.Id}/json` })) as {
    ExitCode: number
  }
  return { exitCode: ended.ExitCode, output: demultiplexed(bytes).toString('utf8') }
}

/** Frames of `[stream, 0, 0, 0, length as 4 bytes, big-endian] payload`, as in Docker's attach. */
export function demultiplexed(bytes: Buffer): Buffer {
  const payloads: Buffer[] = []
  for (let at = 0; at + 8 <= bytes.length; ) {
    const end = at + 8 + bytes.readUInt32BE(at + 4)
    payloads.push(bytes.subarray(at + 8, end))
    at = end
  }
  return Buffer.concat(payloads)
}

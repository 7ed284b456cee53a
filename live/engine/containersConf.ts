import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { environmentLacks } from '../../base/errors.ts'

/**
 * Podman's defaults assume systemd, cgroup v2 and the right to raise limits. Where one of them is missing
 * (a bare virtual machine, a CI worker) plain `podman run` fails; a small containers.conf mends it, named by
 * CONTAINERS_CONF, so that nothing in /etc is touched. Where the defaults work, nothing is written.
 */
export interface MachineFacts {
  cgroupV2: boolean
  systemd: boolean
  /** CAP_SYS_RESOURCE, as root: limits can be raised at will. */
  mayRaiseLimits: boolean
  /** The process's own hard limits; null for unlimited. */
  hardLimits: { nofile: number | null; nproc: number | null }
  /** kernel.pid_max: at its start Podman lowers its own nproc limit to it. */
  pidMax: number | null
  runc: boolean
  netavark: boolean
}

/** What Podman asks for unless it is told otherwise (containers/common: DefaultUlimits, getDefaultProcessLimits). */
const PODMAN_WANTS = { nofile: 1_048_576, nproc: 4_194_304 }

/** Where distributions put it: helper binaries are not on the PATH. */
const NETAVARK_PATHS = ['/usr/lib/podman/netavark', '/usr/libexec/podman/netavark']

/** Bit of CAP_SYS_RESOURCE in CapEff: linux/capability.h. */
const CAP_SYS_RESOURCE = 24n

/**
 * The environment for every podman command and service of a run. A CONTAINERS_CONF that the user has set is
 * honoured; else one is written to `<runDir>/containers.conf` where the machine needs it.
 * Keep the folder until the last container is gone: Podman's clean-up processes read the file too.
 */
export async function containersEnv(options: {
  runDir: string
  env: NodeJS.ProcessEnv
}): Promise<NodeJS.ProcessEnv> {
  if (options.env.CONTAINERS_CONF) return options.env
  const text = containersConf(await machineFacts(options.env))
  if (text === null) return options.env
  const path = join(options.runDir, 'containers.conf')
  await mkdir(options.runDir, { recursive: true })
  await writeFile(path, text)
  return { ...options.env, CONTAINERS_CONF: path }
}

/** The file's text, or null where Podman's defaults work. */
export function containersConf(facts: MachineFacts): string | null {
  const containers = ulimitLines(facts)
  const engine: string[] = []
  if (!facts.cgroupV2) {
    // crun refuses the hybrid cgroup hierarchy ("cgroups in hybrid mode not supported"); runc takes it.
    if (!facts.runc) {
      throw environmentLacks(
        'runc is not installed, and with cgroup v1 Podman needs it in place of crun',
        'apt-get install -y --no-install-recommends runc',
      )
    }
    engine.push('runtime = "runc"')
  }
  if (!facts.systemd) engine.push('cgroup_manager = "cgroupfs"', 'events_logger = "file"')
  if (containers.length + engine.length === 0) return null
  // Where images but no note of the backend exist, Podman 4.3 falls back to CNI, installed or not.
  const network = facts.netavark ? ['[network]', 'network_backend = "netavark"'] : []
  return ['[containers]', ...containers, '[engine]', ...engine, ...network, ''].join('\n')
}

function ulimitLines(facts: MachineFacts): string[] {
  if (facts.mayRaiseLimits) return []
  const { nofile, nproc } = facts.hardLimits
  const lowered = [
    { name: 'nofile', hard: nofile, wanted: PODMAN_WANTS.nofile },
    { name: 'nproc', hard: smaller(nproc, facts.pidMax), wanted: PODMAN_WANTS.nproc },
  ]
    .filter(({ hard, wanted }) => hard !== null && hard < wanted)
    .map(({ name, hard }) => `"${name}=${hard}:${hard}"`)
  return lowered.length ? [`default_ulimits = [${lowered.join(', ')}]`] : []
}

/** The smaller of two limits of which null is no limit. */
function smaller(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b)
}

async function machineFacts(env: NodeJS.ProcessEnv): Promise<MachineFacts> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '')
  return {
    cgroupV2: await exists('/sys/fs/cgroup/cgroup.controllers'),
    systemd: await exists('/run/systemd/system'),
    // Without root Podman itself takes the smaller of its wish and the hard limit.
    mayRaiseLimits: process.getuid?.() !== 0 || hasSysResource(status),
    hardLimits: {
      nofile: hardLimit(limits, 'Max open files'),
      nproc: hardLimit(limits, 'Max processes'),
    },
    pidMax: Number(await readFile('/proc/sys/kernel/pid_max', 'utf8').catch(() => '')) || null,
    runc: await onPath('runc', env),
    netavark: (await Promise.all(NETAVARK_PATHS.map(exists))).includes(true),
  }
}

/** The hard limit in /proc/self/limits (name, soft, hard, unit in columns); null for unlimited or unknown. */
export function hardLimit(limits: string, name: string): number | null {
  const line = limits.split('\n').find((text) => text.startsWith(name))
  const hard = line?.slice(name.length).trim().split(/\s+/)[1]
  return hard && /^\d+$/.test(hard) ? Number(hard) : null
}

/** Reads CapEff of /proc/self/status. */
export function hasSysResource(status: string): boolean {
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1]
  return hex !== undefined && ((BigInt(`0x${hex}`) >> CAP_SYS_RESOURCE) & 1n) === 1n
}

async function onPath(command: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  // Podman looks in the sbin folders too, which a user's PATH may lack.
  const folders = [...(env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin']
  const found = await Promise.all(folders.filter(Boolean).map((folder) => exists(join(folder, command))))
  return found.includes(true)
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

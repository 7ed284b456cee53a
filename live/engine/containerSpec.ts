import type { Limits } from '../limits.ts'

/** A container to make. Without capabilities and without new privileges, always: the service needs neither. */
export interface NewContainer {
  name: string
  image: string
  /** The first one gives the default route where it has one. */
  networks: readonly string[]
  labels?: Record<string, string>
  env?: Record<string, string>
  /** Bind mounts of folders of the host. */
  mounts?: readonly { source: string; target: string; readOnly?: boolean }[]
  /** In place of the image's own. */
  entrypoint?: readonly string[]
  /** Arguments after the entry point. */
  command?: readonly string[]
  /** Without hostPort the engine picks a free one: see inspect().ports. */
  publish?: readonly { hostIp: string; hostPort?: number; containerPort: number }[]
  /** None where undefined. */
  limits?: Partial<Limits>
  /** The image's file system cannot be written; bind mounts still can. */
  readOnlyRootfs?: boolean
  /** The engine removes it as soon as it ends. */
  remove?: boolean
}

/** Period of the CPU quota, us: the kernel's default (100 ms). */
const CPU_PERIOD_US = 100_000

/** Body of POST /containers/create: Podman's SpecGenerator. */
export function containerSpec(container: NewContainer): Record<string, unknown> {
  return {
    name: container.name,
    image: container.image,
    entrypoint: container.entrypoint,
    command: container.command,
    env: container.env ?? {},
    labels: container.labels ?? {},
    netns: { nsmode: 'bridge' },
    pidns: { nsmode: 'private' },
    ipcns: { nsmode: 'private' },
    Networks: Object.fromEntries(container.networks.map((network) => [network, {}])),
    mounts: container.mounts?.map(({ source, target, readOnly }) => ({
      type: 'bind',
      source,
      destination: target,
      options: ['rbind', readOnly ? 'ro' : 'rw'],
    })),
    portmappings: container.publish?.map(({ hostIp, hostPort, containerPort }) => ({
      host_ip: hostIp,
      host_port: hostPort ?? 0,
      container_port: containerPort,
      protocol: 'tcp',
    })),
    resource_limits: container.limits && limitsOf(container.limits),
    cap_drop: ['ALL'],
    no_new_privileges: true,
    read_only_filesystem: container.readOnlyRootfs ?? false,
    remove: container.remove ?? false,
  }
}

/** A share of cores as the kernel's CFS bandwidth control takes it. */
function cpuQuota(cpus: number): { quota: number; period: number } {
  return { quota: Math.round(cpus * CPU_PERIOD_US), period: CPU_PERIOD_US }
}

/** OCI's LinuxResources, in which `swap` is memory and swap together: the container gets no swap. */
function limitsOf({ cpus, memoryBytes, pids }: Partial<Limits>): Record<string, unknown> {
  return {
    cpu: cpus === undefined ? undefined : cpuQuota(cpus),
    memory: memoryBytes === undefined ? undefined : { limit: memoryBytes, swap: memoryBytes },
    pids: pids === undefined ? undefined : { limit: pids },
  }
}

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
  /** Arguments after the image's entry point. */
  command?: readonly string[]
  /** Without hostPort the engine picks a free one: see inspect().ports. */
  publish?: readonly { hostIp: string; hostPort?: number; containerPort: number }[]
  /** Share of cores: 0.5 is half of one. */
  cpus?: number
  memoryBytes?: number
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
    command: container.command,
    env: container.env ?? {},
    labels: container.labels ?? {},
    netns: { nsmode: 'bridge' },
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
    resource_limits: limitsOf(container),
    cap_drop: ['ALL'],
    no_new_privileges: true,
    read_only_filesystem: container.readOnlyRootfs ?? false,
    remove: container.remove ?? false,
  }
}

function limitsOf({ cpus, memoryBytes }: NewContainer): Record<string, unknown> | undefined {
  if (cpus === undefined && memoryBytes === undefined) return undefined
  return {
    cpu: cpus === undefined ? undefined : { quota: Math.round(cpus * CPU_PERIOD_US), period: CPU_PERIOD_US },
    memory: memoryBytes === undefined ? undefined : { limit: memoryBytes },
  }
}

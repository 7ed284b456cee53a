import { existsSync } from 'node:fs'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { monotonicMs, sleep } from '../base/clock.ts'
import { isRunning } from '../base/processId.ts'
import { type Command, commandIn } from '../live/engine/command.ts'
import { runOfResource } from '../live/labels.ts'
import { listRunDirs, ownerOf } from '../live/runDir.ts'
import { isAbandoned } from '../live/scratch.ts'
import { isLeftByKilled, standingTestbeds, withPodman } from '../live/standing.ts'

/** Others on this machine start and stop containers meanwhile: what is there for a moment only is theirs. */
const PATIENCE_MS = 10_000
const LOOK_AGAIN_MS = 500

/**
 * What is on this machine and belongs to nothing that lives: testbeds, folders and services of dead processes; and
 * processes, mounts, network namespaces, links, firewall rules, cgroups and state of containers and networks that the
 * engine no longer knows. One line each; none is good.
 */
export async function leftovers(): Promise<string[]> {
  return await withPodman(async (podman, env) => {
    const run = commandIn({ env })
    const deadlineMs = monotonicMs() + PATIENCE_MS
    let last: string[] | null = null
    for (;;) {
      const found = [
        ...(await standingTestbeds(podman)).filter(isLeftByKilled).map(({ id }) => `testbed ${id}`),
        ...(await ofDeadProcesses()),
        ...(await unknownToTheEngine(run)),
      ]
      // Only what was there at every look.
      last = last ? last.filter((line) => found.includes(line)) : found
      if (last.length === 0 || monotonicMs() > deadlineMs) return last
      await sleep(LOOK_AGAIN_MS)
    }
  })
}

/** Folders in the temporary folder, and Podman services that listen in one. */
async function ofDeadProcesses(): Promise<string[]> {
  const names = (await readdir(tmpdir())).filter(isAbandoned)
  const dead: string[] = []
  for (const id of await listRunDirs()) {
    const owner = await ownerOf(id)
    if (owner === null || (owner.pid > 0 && !isRunning(owner))) dead.push(id)
  }
  const services = (await commands()).flatMap(({ pid, text }) => {
    const id = /^podman system service .*\/scaletwin-run-([0-9a-f]+)\//.exec(text)?.[1]
    return id && (dead.includes(id) || !existsSync(join(tmpdir(), `scaletwin-run-${id}`)))
      ? [`service ${pid} of ${id}`]
      : []
  })
  const working = (await commands()).flatMap(({ pid, text }) =>
    (text.match(/scaletwin-of-[\w.-]+/g) ?? []).some(isAbandoned)
      ? [`process ${pid} ${text.slice(0, 60)}`]
      : [],
  )
  return [...names, ...dead.map((id) => `folder of ${id}`), ...services, ...working]
}

async function unknownToTheEngine(run: Command): Promise<string[]> {
  const { graphRoot, runRoot } = await roots(run)
  // Looked at first: what is made while the engine is asked must not be taken for unknown.
  const [links, mounts, namespaces, processes, rules] = await Promise.all([
    bridged(),
    readFile('/proc/mounts', 'utf8'),
    list('/run/netns'),
    commands(),
    run('iptables-save', [], { mayFail: true }),
  ])
  const states = (
    await Promise.all(
      [
        join(graphRoot, 'overlay-containers'),
        join(runRoot, 'overlay-containers'),
        '/run/runc',
        '/run/libpod/exits',
        '/sys/fs/cgroup/memory/libpod_parent',
      ].map(async (folder) => (await list(folder)).map((name) => join(folder, name))),
    )
  ).flat()
  const known = await knownToTheEngine(run, graphRoot)

  const idOf = (text: string) => /[0-9a-f]{64}/.exec(text)?.[0]
  const isUnknown = (text: string) => {
    const id = idOf(text)
    return id !== undefined && !known.ids.has(id)
  }
  return [
    ...links.filter(({ bridge }) => !known.bridges.has(bridge)).map(({ name }) => `link ${name}`),
    ...mounts
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
      .filter((path) => path.startsWith(graphRoot) && isUnknown(path))
      .map((path) => `mount ${path}`),
    ...namespaces.filter((name) => !known.namespaces.has(name)).map((name) => `network namespace ${name}`),
    ...processes
      .filter(({ text }) => /^\S*conmon /.test(text) && isUnknown(/ -c (\w+)/.exec(text)?.[1] ?? ''))
      .map(({ pid, text }) => ({ pid, name: / -n (\S+)/.exec(text)?.[1] ?? '' }))
      .filter(({ name }) => runOfResource(name) !== null)
      .map(({ pid, name }) => `conmon ${pid} of ${name}`),
    ...states.filter(isUnknown).map((path) => `state ${path}`),
    ...[...rules.stdout.matchAll(/name: (\S+) id: ([0-9a-f]{64})/g)]
      .filter(([, , id]) => isUnknown(id!))
      .map(([text]) => `firewall rule ${text}`),
    ...[...rules.stdout.matchAll(/POSTROUTING -s ([\d./]+)/g)]
      .filter(([, subnet]) => !known.subnets.has(subnet!))
      .map(([, subnet]) => `firewall rule for ${subnet}`),
    ...(await list(join('/run/containers/networks/aardvark-dns')))
      .filter((name) => /^scaletwin-/.test(name) && !known.networks.has(name))
      .map((name) => `names of network ${name}`),
    ...(await halfMade(run)),
  ]
}

async function roots(run: Command) {
  const format = '{{.Store.GraphRoot}} {{.Store.RunRoot}}'
  const [graphRoot, runRoot] = (await run('podman', ['info', '--format', format])).stdout.trim().split(' ')
  return { graphRoot: graphRoot!, runRoot: runRoot! }
}

/** Names and ids of all containers (of storage too), their layers and namespaces, and of all networks. */
async function knownToTheEngine(run: Command, graphRoot: string) {
  const stored = await readFile(join(graphRoot, 'overlay-containers/containers.json'), 'utf8').catch(
    () => '[]',
  )
  const containers = JSON.parse(stored || '[]') as { id: string; layer: string }[]
  const ids = containers.map(({ id }) => id)
  const details = await Promise.all(
    ids.map((id) =>
      run('podman', ['inspect', '--format', '{{.NetworkSettings.SandboxKey}}', id], { mayFail: true }),
    ),
  )
  const names = (await run('podman', ['network', 'ls', '--quiet'])).stdout.trim().split('\n')
  const { stdout } = await run('podman', ['network', 'inspect', ...names], { mayFail: true })
  const networks = JSON.parse(stdout || '[]') as {
    name: string
    network_interface: string
    subnets?: { subnet: string }[]
  }[]
  return {
    ids: new Set(containers.flatMap(({ id, layer }) => [id, layer])),
    namespaces: new Set(details.map((detail) => basename(detail.stdout.trim()))),
    networks: new Set(networks.map(({ name }) => name)),
    bridges: new Set(networks.map(({ network_interface }) => network_interface)),
    subnets: new Set(networks.flatMap(({ subnets }) => (subnets ?? []).map(({ subnet }) => subnet))),
  }
}

/** Bridges of Podman, and links that hang on one or on none. */
async function bridged(): Promise<{ name: string; bridge: string }[]> {
  const names = (await list('/sys/class/net')).filter((name) => /^(podman|veth)\d+/.test(name))
  return await Promise.all(
    names.map(async (name) => {
      if (name.startsWith('podman')) return { name, bridge: name }
      const master = await readlink(`/sys/class/net/${name}/master`).catch(() => '')
      return { name, bridge: basename(master) }
    }),
  )
}

async function halfMade(run: Command): Promise<string[]> {
  const { stdout } = await run('podman', ['ps', '--all', '--external', '--format', '{{.Names}} {{.State}}'])
  const names = stdout.split('\n').flatMap((line) => /^(scaletwin-\S+) storage$/i.exec(line)?.[1] ?? [])
  const isWorkedOn = (name: string) => name.startsWith('scaletwin-of-') && !isAbandoned(name)
  return names.filter((name) => !isWorkedOn(name)).map((name) => `half-made container ${name}`)
}

async function commands(): Promise<{ pid: string; text: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return await Promise.all(
    pids.map(async (pid) => ({
      pid,
      text: (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' '),
    })),
  )
}

const list = (folder: string) => readdir(folder).catch(() => [] as string[])

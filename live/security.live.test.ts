import { existsSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runClock } from '../base/clock.ts'
import { DEFAULT_APP } from './appSettings.ts'
import { ask } from './engine/podmanTestBed.ts'
import { resourceName } from './labels.ts'
import { LIMITS, type Limits } from './limits.ts'
import { UIDS } from './runDir.ts'
import { openTestbed, type StartedReplica, type Testbed } from './testbed.ts'

/** What the kernel says of the containers, from the host and from inside, and what a hostile program in one can do. */

const SERVICE = { balance: 'leastconn', maxconn: 1, queueTimeoutMs: 10_000, clientTimeoutMs: 20_000 } as const
const NO_CAPABILITY = '0'.repeat(16)

const open = (own?: { image: string }) =>
  openTestbed({
    service: SERVICE,
    app: {
      ...DEFAULT_APP,
      delay: 'off',
      own: own && {
        ...own,
        port: 5000,
        request: { method: 'GET', path: '/', body: null },
        healthPath: '/health',
      },
    },
    port: 0,
    ownerPid: process.pid,
    now: runClock(),
    onEntry: () => {},
    say: () => {},
  })

let testbed: Testbed
/** Two replicas: one that is attacked from inside, and its neighbour. */
let victim: StartedReplica
let neighbour: StartedReplica

beforeAll(async () => {
  testbed = await open()
  victim = await start(testbed, 'w1')
  neighbour = await start(testbed, 'w2')
})
afterAll(() => testbed?.close())

async function start(bed: Testbed, name: string): Promise<StartedReplica> {
  await bed.createContainer(name)
  const started = await bed.startContainer(name)
  await bed.haproxy.addServer(started.server)
  await bed.haproxy.waitReady(name, { timeoutMs: 20_000 })
  return started
}

/** Runs a program in the victim's container, as the application's user. */
const inside = (program: string) =>
  testbed.podman.exec(resourceName(testbed.id, 'w1'), ['python3', '-c', program], { timeoutMs: 60_000 })

const containers = () => [
  { what: 'replica', pid: victim.pid!, uid: UIDS.store, limits: LIMITS.replica },
  { what: 'proxy', pid: testbed.proxyPid()!, uid: UIDS.proxy, limits: LIMITS.proxy },
]

describe('each container', () => {
  test('has a user of its own, no capability, no way to new privileges, and a filter of system calls', () => {
    const filters = existsSync('/proc/sys/kernel/seccomp/actions_avail')
    for (const { what, pid, uid } of containers()) {
      const status = statusOf(pid)
      expect({ what, uid: status.Uid }).toEqual({ what, uid: Array(4).fill(String(uid)).join('\t') })
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
        expect(status[set], `${what} ${set}`).toBe(NO_CAPABILITY)
      expect(status.NoNewPrivs, what).toBe('1')
      if (filters) expect(status.Seccomp, what).toBe('2')
    }
  })

  test('shares no namespace with the host or another container', () => {
    const pids = [process.pid, victim.pid!, neighbour.pid!, testbed.proxyPid()!]
    for (const space of ['pid', 'ipc', 'net', 'mnt', 'uts'])
      expect(new Set(pids.map((pid) => readlinkSync(`/proc/${pid}/ns/${space}`))).size, space).toBe(4)
  })

  test('has its limits', () => {
    for (const { what, pid, limits } of containers())
      expect({ what, ...limitsOf(pid) }).toEqual({ what, ...limits })
  })

  test('has a root that cannot be written, and sees of the host only what is its own', () => {
    const roots = containers().map(({ pid }) => mountsOf(pid).find(({ target }) => target === '/'))
    for (const root of roots) expect(root!.options).toContain('ro')
    const { path, proxy, store } = testbed.runDir
    const seen = ({ pid }: { pid: number }) =>
      mountsOf(pid).filter(({ source }) => source.includes(basename(path)))
    const names = containers().map((container) => seen(container).map(({ source }) => basename(source)))
    expect(names).toEqual([[basename(store)], [basename(proxy)]])
  })
})

test('a replica may write to the store and to shared memory, which is within its limit, and nowhere else', async () => {
  const { output } = await inside(`import os
for folder, folders, _ in os.walk('/'):
    folders[:] = [name for name in folders if os.path.join(folder, name) not in ('/proc', '/sys')]
    if os.access(folder, os.W_OK): print(folder)
try: open('/tmp/x', 'w')
except OSError as error: print(error.strerror)`)
  expect(output.trim().split('\n').sort()).toEqual([
    '/dev/mqueue',
    '/dev/shm',
    '/store',
    'Read-only file system',
  ])
})

test('HAProxy’s sockets are its user’s alone, and its only port is the service’s', async () => {
  const { mode, uid } = statSync(join(testbed.runDir.proxy, 'admin.sock'))
  expect({ mode: mode & 0o777, uid }).toEqual({ mode: 0o600, uid: UIDS.proxy })
  const folders = [testbed.runDir.path, testbed.runDir.proxy, testbed.runDir.store].map((path) =>
    statSync(path),
  )
  expect(folders.map((folder) => ({ mode: folder.mode & 0o777, uid: folder.uid }))).toEqual([
    { mode: 0o700, uid: process.getuid!() },
    { mode: 0o700, uid: UIDS.proxy },
    { mode: 0o700, uid: UIDS.store },
  ])
  expect(listeningPorts(testbed.proxyPid()!)).toEqual([8080])
  const nobody = { uid: 65_534, gid: 65_534, reject: false }
  for (const folder of [testbed.runDir.proxy, testbed.runDir.store])
    expect((await execa('ls', [folder], nobody)).stderr).toContain('Permission denied')
})

test('a replica reaches neither this machine nor anything beyond its network', async () => {
  let reached = 0
  const server = createServer((socket) => {
    reached++
    socket.destroy()
  })
  const port = await listening(server)
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  const addresses = own.filter(({ family }) => family === 'IPv4').map(({ address }) => address)
  // 192.0.2.1 is nobody's (RFC 5737).
  const { output } = await inside(`import errno, socket
print([line.split()[1] for line in open('/proc/net/route')][1:])
for address in ${JSON.stringify([...addresses, '192.0.2.1'])}:
    try: socket.create_connection((address, ${port}), 1); print('reached', address)
    except OSError as error: print(errno.errorcode.get(error.errno, error))`)
  server.close()
  const [routes, ...outcomes] = output.trim().split('\n')
  expect(routes).not.toContain('00000000')
  expect(outcomes).toHaveLength(addresses.length + 1)
  expect(
    outcomes.filter((outcome) => !/^(ENETUNREACH|EHOSTUNREACH|ECONNREFUSED|timed out)$/.test(outcome)),
  ).toEqual([])
  expect(reached).toBe(0)
})

test('a fork bomb ends at the limit, and the service goes on', async () => {
  const { output } = await inside(`import errno, os, time
children = []
try:
    while len(children) < 1000:
        pid = os.fork()
        if pid == 0: time.sleep(30); os._exit(0)
        children.append(pid)
except OSError as error: print(errno.errorcode[error.errno])
print(len(children))
for pid in children: os.kill(pid, 9); os.waitpid(pid, 0)`)
  const [refused, count] = output.trim().split('\n')
  expect(refused).toBe('EAGAIN')
  expect(Number(count)).toBeLessThan(LIMITS.replica.pids)
  await expectServed()
})

test('who takes too much memory is killed, and nobody else', async () => {
  const twice = (2 * LIMITS.replica.memoryBytes) / 1024 ** 2
  const hog = inside(`held = []
for _ in range(${twice}): held.append(bytes([1]) * 1024 ** 2)
print('held', flush=True)`)
  await expectServed()
  expect(await hog).toMatchObject({ exitCode: 128 + 9, output: '' })
  await expectServed()
})

test('an image of one’s own has no privilege either, a root that may be written, and larger limits', async () => {
  const bed = await open({ image: testbed.images.app })
  try {
    const { pid } = await start(bed, 'w1')
    const { CapEff, CapBnd, NoNewPrivs } = statusOf(pid!)
    expect([CapEff, CapBnd, NoNewPrivs]).toEqual([NO_CAPABILITY, NO_CAPABILITY, '1'])
    expect(limitsOf(pid!)).toEqual(LIMITS.own)
    expect(mountsOf(pid!).find(({ target }) => target === '/')!.options).toContain('rw')
  } finally {
    await bed.close()
  }
})

/** Both replicas are the processes that they were, and answer. */
async function expectServed(): Promise<void> {
  for (const { server, pid } of [victim, neighbour]) {
    expect((await testbed.podman.inspect(resourceName(testbed.id, server.name)))?.pid).toBe(pid)
  }
  for (let i = 0; i < 4; i++) expect((await ask(testbed.url, 'GET', '/health')).status).toBe(200)
}

function statusOf(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').trim().split('\n')
  return Object.fromEntries(lines.map((line) => line.split(/:\t?\s*(.*)/s, 2) as [string, string]))
}

/** proc(5), mountinfo: id, parent, device, source in its file system, target, options. */
function mountsOf(pid: number): { source: string; target: string; options: string[] }[] {
  const lines = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').trim().split('\n')
  return lines.map((line) => {
    const [, , , source, target, options] = line.split(' ') as string[]
    return { source: source!, target: target!, options: options!.split(',') }
  })
}

/** Of a process's network: proc(5), net/tcp, state 0A. */
function listeningPorts(pid: number): number[] {
  const rows = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8').trim().split('\n').slice(1),
  )
  const columns = rows.map((row) => row.trim().split(/\s+/))
  const listens = columns.filter(([, , , state]) => state === '0A')
  return listens.map(([, local]) => Number.parseInt(local!.split(':')[1]!, 16))
}

/** As the kernel holds them, in cgroup v2 or v1; the memory with its swap. */
function limitsOf(pid: number): Limits {
  const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
  const v1 = (controller: string, file: string) => {
    const group = new RegExp(`^\\d+:(?:\\S+,)?${controller}(?:,\\S+)?:(.+)$`, 'm').exec(groups)![1]!
    return readFileSync(join('/sys/fs/cgroup', controller, group, file), 'utf8').trim()
  }
  if (!existsSync('/sys/fs/cgroup/cgroup.controllers')) {
    return {
      memoryBytes: Number(v1('memory', 'memory.memsw.limit_in_bytes')),
      pids: Number(v1('pids', 'pids.max')),
      cpus: Number(v1('cpu', 'cpu.cfs_quota_us')) / Number(v1('cpu', 'cpu.cfs_period_us')),
    }
  }
  const group = /^0::(.+)$/m.exec(groups)![1]!
  const v2 = (file: string) => readFileSync(join('/sys/fs/cgroup', group, file), 'utf8').trim()
  const [quota, period] = v2('cpu.max').split(' ')
  return {
    memoryBytes: Number(v2('memory.max')) + Number(v2('memory.swap.max')),
    pids: Number(v2('pids.max')),
    cpus: Number(quota) / Number(period),
  }
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) =>
    server.listen(0, '0.0.0.0', () => resolve((server.address() as { port: number }).port)),
  )
}

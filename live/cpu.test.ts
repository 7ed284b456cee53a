import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { monotonicMs, sleep } from '../base/clock.ts'
import { CpuMeter, type KernelFiles } from './cpu.ts'

const BURN_MS = 400

describe('on this machine', () => {
  /** No cgroups: those of this test's processes hold other ones too. */
  const files: KernelFiles = { proc: '/proc', cgroup: '/none' }
  const children: ChildProcess[] = []
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })

  /** A process that uses so much CPU time, says so, and then sleeps. */
  async function burner(cpuMs: number): Promise<number> {
    const code = `
      const used = () => process.cpuUsage().user + process.cpuUsage().system
      while (used() < ${1000 * cpuMs});
      console.log('burnt')
      setInterval(() => {}, 60000)`
    const child = spawn(process.execPath, ['-e', code])
    children.push(child)
    await new Promise((resolve) => child.stdout!.once('data', resolve))
    return child.pid!
  }

  it("a process's CPU time is what it burnt, the machine's is at least that, and ours is not", async () => {
    const meter = new CpuMeter({ proxyPid: null }, files)
    const pid = await burner(BURN_MS)
    const reading = meter.read({ proxyPid: null, replicaPids: new Map([['w1', pid]]) })!
    // schedstat counts the main thread; what it burnt includes a little of the runtime's other threads.
    expect(reading.replicasMs.w1).toBeGreaterThan(0.6 * BURN_MS)
    expect(reading.replicasMs.w1).toBeLessThan(1.3 * BURN_MS)
    expect(reading.hostMs).toBeGreaterThan(0.7 * BURN_MS)
    expect(reading.controllerMs).toBeGreaterThan(0)
    expect(reading.proxyMs).toBe(0)
    await sleep(50)
    const later = meter.read({ proxyPid: null, replicaPids: new Map([['w1', pid]]) })!
    expect(later.replicasMs.w1! - reading.replicasMs.w1!).toBeLessThan(40)
    expect(later.hostMs).toBeGreaterThanOrEqual(reading.hostMs)
  })

  it('our own CPU time is what this process burns', () => {
    const meter = new CpuMeter({ proxyPid: null }, files)
    const before = process.cpuUsage()
    const used = () => (process.cpuUsage(before).user + process.cpuUsage(before).system) / 1000
    while (used() < 100);
    const { controllerMs } = meter.read({ proxyPid: null, replicaPids: new Map() })!
    expect(controllerMs).toBeGreaterThanOrEqual(95)
    expect(controllerMs).toBeLessThan(200)
  })

  it('a replica that is gone is left out', () => {
    const reading = new CpuMeter({ proxyPid: null }, files).read({
      proxyPid: null,
      replicaPids: new Map([['w1', 2 ** 22 + 1]]),
    })
    expect(reading!.replicasMs).toEqual({})
  })

  it('a reading of ten replicas takes well under 1 ms', () => {
    const replicaPids = new Map(Array.from({ length: 10 }, (_, i) => [`w${i}`, process.pid]))
    const meter = new CpuMeter({ proxyPid: process.pid }, files)
    const times = Array.from({ length: 200 }, () => {
      const startMs = monotonicMs()
      meter.read({ proxyPid: process.pid, replicaPids })
      return monotonicMs() - startMs
    })
    // What it takes where nobody else wants the core.
    expect(times.sort((a, b) => a - b)[20]).toBeLessThan(1)
  })
})

describe('by what the kernel writes', () => {
  let files: KernelFiles
  let root: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'scaletwin-cpu-'))
    files = { proc: join(root, 'proc'), cgroup: join(root, 'cgroup') }
    await write('proc/stat', stat([100, 0, 0, 1000, 50, 0, 0, 0, 0, 0]))
  })
  afterEach(() => rm(root, { recursive: true }))

  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  const stat = (ticks: readonly number[]) => `cpu  ${ticks.join(' ')}\ncpu0 ${ticks.join(' ')}\nctxt 9\n`
  /** utime, stime, cutime and cstime of a process whose name is meant to confuse. */
  const processStat = (pid: number, ticks: readonly number[]) =>
    write(`proc/${pid}/stat`, `${pid} (a) b (c) S 1 1 1 0 -1 0 0 0 0 0 ${ticks.join(' ')} 20 0 1 0\n`)
  const noReplicas = new Map<string, number>()

  it('the machine: user, nice, system, irq, softirq and steal; neither idle, iowait nor guest', async () => {
    const meter = new CpuMeter({ proxyPid: null }, files)
    await write('proc/stat', stat([101, 2, 3, 9999, 9999, 4, 5, 6, 77, 88]))
    expect(meter.read({ proxyPid: null, replicaPids: noReplicas })!.hostMs).toBe((1 + 2 + 3 + 4 + 5 + 6) * 10)
  })

  it('no Linux: unknown', () => {
    const nowhere = { proc: join(root, 'none'), cgroup: join(root, 'none') }
    expect(new CpuMeter({ proxyPid: 7 }, nowhere).read({ proxyPid: 7, replicaPids: noReplicas })).toBeNull()
  })

  const usage = {
    version1: (ms: number) => write('cgroup/cpuacct/libpod_parent/libpod-a/cpuacct.usage', `${ms * 1e6}\n`),
    version2: (ms: number) =>
      write(
        'cgroup/machine.slice/libpod-a.scope/container/cpu.stat',
        `usage_usec ${ms * 1000}\nuser_usec 1\nsystem_usec 2\n`,
      ),
    tree: async (ms: number) => {
      await processStat(7, [1, 1, ms / 10 - 7, 0])
      await write('proc/7/task/7/children', '8 9 ')
      await processStat(8, [1, 1, 0, 0])
      await processStat(9, [2, 1, 0, 0])
    },
  }
  it.each([
    {
      name: 'cgroup version 1',
      groups: '9:name=systemd:/\n2:cpuacct:/libpod_parent/libpod-a\n0::/\n',
      set: usage.version1,
    },
    {
      name: 'cgroup version 1, mounted with cpu',
      groups: '4:cpu,cpuacct:/libpod_parent/libpod-a\n',
      set: usage.version1,
    },
    {
      name: 'cgroup version 2',
      groups: '0::/machine.slice/libpod-a.scope/container\n',
      set: usage.version2,
    },
    {
      name: 'no cgroup of its own: the master and its workers',
      groups: '2:cpuacct:/\n0::/\n',
      set: usage.tree,
    },
  ])('the proxy by $name; a restart loses nothing', async ({ groups, set }) => {
    await write('proc/7/cgroup', groups)
    await set(500)
    const meter = new CpuMeter({ proxyPid: 7 }, files)
    const proxyMs = () => meter.read({ proxyPid: 7, replicaPids: noReplicas })!.proxyMs
    await set(800)
    expect(proxyMs()).toBe(300)
    await rm(join(root, 'proc/7'), { recursive: true })
    expect(proxyMs()).toBe(300)
    await write('proc/7/cgroup', groups)
    await set(100)
    expect(proxyMs()).toBe(400)
  })

  it("a replica: its container's cgroup; without one the process's schedstat to the nanosecond, else stat", async () => {
    await processStat(21, [3, 4, 100, 100])
    await processStat(22, [3, 4, 100, 100])
    await write('proc/21/schedstat', '1234567 8910 11\n')
    await write('proc/23/schedstat', '1 1 1\n')
    await write('proc/23/cgroup', '2:cpuacct:/libpod_parent/libpod-a\n')
    await usage.version1(321)
    const replicaPids = new Map([
      ['w1', 21],
      ['w2', 22],
      ['w3', 23],
    ])
    const { replicasMs } = new CpuMeter({ proxyPid: null }, files).read({ proxyPid: null, replicaPids })!
    expect(replicasMs).toEqual({ w1: 1.234567, w2: 70, w3: 321 })
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Queue, QueueEvents } from 'bullmq'
import { execa } from 'execa'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { parseSla } from '../../../analysis/sla.ts'
import { autoscaled, constantLoad, handModel } from '../../../test/support.ts'
import { InlineExecutor } from '../inline.ts'
import { type Scenario, scenarioOf, type Task } from '../task.ts'
import { connectionTo, PREFIX, QUEUE } from './connection.ts'
import { RedisExecutor } from './executor.ts'
import { freePort, type RedisServer, startRedis } from './redisServer.case.ts'

/** A real Redis and real worker processes, as on several machines. */
vi.setConfig({ testTimeout: 90_000, hookTimeout: 30_000 })
const SIM = join(import.meta.dirname, '../../../bin/sim')

let folder: string
let redis: RedisServer
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
  redis = await startRedis()
})
afterAll(async () => {
  await redis?.stop()
  await rm(folder, { recursive: true })
})

const workers: ReturnType<typeof startWorkerProcess>[] = []
const executors: RedisExecutor[] = []
afterEach(async () => {
  for (const worker of workers.splice(0)) {
    worker.kill('SIGKILL')
    await worker
  }
  for (const executor of executors.splice(0)) await executor.close()
})

function startWorkerProcess(url: string, concurrency: number) {
  return execa(SIM, ['worker', '--redis', url, '--concurrency', `${concurrency}`], { reject: false })
}

/** A worker process that is ready; within an object, since it is itself a promise of its end. */
async function worker(url = redis.url, concurrency = 1) {
  const process = startWorkerProcess(url, concurrency)
  workers.push(process)
  await new Promise((resolve, reject) => {
    process.stderr!.on('data', (text: Buffer) => /takes runs/.test(`${text}`) && resolve(undefined))
    process.then(({ stderr }) => reject(new Error(stderr)))
  })
  return { process }
}

async function executor(scenarios: Scenario[], url = redis.url): Promise<RedisExecutor> {
  const made = await RedisExecutor.connect(url, scenarios)
  executors.push(made)
  return made
}

const simulation = autoscaled({
  trace: constantLoad(40, 120_000),
  model: handModel({ family: 'uniform', min: 5, max: 200 }),
  policy: 'threshold',
})
const run = scenarioOf({ ...simulation, sla: parseSla('p95<500ms') }, { name: 'threshold' })
const short = { ...run, trace: constantLoad(20, 5000) }
const threshold = simulation.parameters

const tasksOf = (count: number, first: number, scenarios = 1): Task[] =>
  Array.from({ length: count }, (_, i) => ({
    scenario: i % scenarios,
    parameters: threshold,
    seed: first + i,
  }))

describe('two workers, one of them killed half-way', () => {
  it('200 runs: nothing lost, nothing twice, to the byte what this process makes of them', async () => {
    const scenarios: Scenario[] = [
      run,
      {
        ...run,
        sla: parseSla('99%<800ms'),
        // Typed arrays with NaN, as a record has them.
        work: { blockingMs: Float64Array.of(50, Number.NaN, 20), cpuMs: Float64Array.of(0, 0, Number.NaN) },
      },
    ]
    const tasks = tasksOf(200, 1, 2)
    const events = new QueueEvents(QUEUE, { connection: connectionTo(redis.url), prefix: PREFIX })
    await events.waitUntilReady()
    const completed: string[] = []
    let stalled = 0
    events.on('completed', ({ jobId }) => completed.push(jobId))
    events.on('stalled', () => stalled++)
    const [{ process: victim }] = await Promise.all([worker(redis.url, 2), worker()])
    let done = 0
    const over = await (await executor(scenarios)).run(tasks, () => {
      if (++done === 100) victim.kill('SIGKILL')
    })
    expect((await victim).signal).toBe('SIGKILL')
    expect(done).toBe(200)
    expect(JSON.stringify(over)).toBe(JSON.stringify(await new InlineExecutor(scenarios).run(tasks)))
    await vi.waitFor(() => expect(completed.length).toBe(200))
    expect(new Set(completed).size).toBe(200)
    expect(stalled).toBeGreaterThan(0)
    await events.close()

    // Each scenario is there once; a search again has all results without a worker.
    const client = new Redis(connectionTo(redis.url))
    expect((await client.keys(`${PREFIX}:scenario:*`)).length).toBe(2)
    client.disconnect()
    for (const process of workers.splice(0)) {
      process.kill('SIGINT')
      await process
    }
    const again = await executor(scenarios)
    expect(JSON.stringify(await again.run(tasks))).toBe(JSON.stringify(over))
  })
})

describe('a policy of the user’s own', () => {
  const code = (replicas: number) =>
    `export default { name: 'own', summary: '', source: '', parameters: {}, init: () => null,
       decide: (_c, _o, state) => ({ decision: { kind: 'scale', replicas: ${replicas}, reason: 'own' }, state }) }\n`
  const scenario = (path: string): Scenario => ({ ...short, policy: { path } })
  const task: Task = { scenario: 0, parameters: {}, seed: 1 }

  it('is run where its file is the same', async () => {
    const path = join(folder, 'own.ts')
    await writeFile(path, code(2))
    await worker()
    const over = await (await executor([scenario(path)])).run([task])
    expect(over).toEqual(await new InlineExecutor([scenario(path)]).run([task]))
  })

  it('is refused where the worker has another file there, or none, and the worker goes on', async () => {
    const path = join(folder, 'other.ts')
    await writeFile(path, code(2))
    const search = await executor([scenario(path)])
    await writeFile(path, code(3))
    await worker()
    await expect(search.run([task])).rejects.toThrow(/other\.ts: a worker's file \(SHA-256 \w{8}\) is not/)
    await rm(path)
    await expect(search.run([task])).rejects.toThrow(/other\.ts: a worker has no such file. Copy it there/)
    await writeFile(path, code(2))
    expect(await search.run([task])).toHaveLength(1)
  })

  it('is refused where the worker loaded it before it changed: a module is loaded once', async () => {
    const path = join(folder, 'changing.ts')
    await writeFile(path, code(2))
    await worker()
    await (await executor([scenario(path)])).run([task])
    await writeFile(path, code(3))
    const search = await executor([scenario(path)])
    await expect(search.run([task])).rejects.toThrow(/changed since a worker loaded it/)
  })
})

describe('ends', () => {
  it('Ctrl-C: the worker ends the run it is at, which counts, and exits with 130', async () => {
    const long: Scenario = {
      ...run,
      trace: constantLoad(40, 3_000_000),
    }
    const { process } = await worker()
    const search = await executor([long])
    const running = search.run(tasksOf(1, 1))
    const queue = new Queue(QUEUE, { connection: connectionTo(redis.url), prefix: PREFIX })
    await vi.waitFor(async () => expect(await queue.getActiveCount()).toBe(1), {
      timeout: 10_000,
      interval: 5,
    })
    process.kill('SIGINT')
    expect(await running).toHaveLength(1)
    const { exitCode, stderr } = await process
    expect([exitCode, stderr]).toEqual([130, expect.stringContaining('1 runs made')])
    await queue.close()
  })

  it('a search that is closed fails and leaves nothing to do', async () => {
    const search = await executor([short])
    const failed = expect(search.run(tasksOf(20, 7000))).rejects.toThrow(/closed while a run was under way/)
    const queue = new Queue(QUEUE, { connection: connectionTo(redis.url), prefix: PREFIX })
    await vi.waitFor(async () => expect(await queue.getWaitingCount()).toBe(20))
    await search.close()
    await failed
    expect(await queue.getWaitingCount()).toBe(0)
    await queue.close()
  })

  it('a Redis that is started anew and has forgotten all: the search goes on', async () => {
    const port = await freePort()
    const first = await startRedis(port)
    const scenarios: Scenario[] = [short]
    const search = await executor(scenarios, first.url)
    const tasks = tasksOf(10, 1)
    const running = search.run(tasks)
    const queue = new Queue(QUEUE, { connection: connectionTo(first.url), prefix: PREFIX })
    await vi.waitFor(async () => expect(await queue.getWaitingCount()).toBe(10))
    await queue.close()
    await first.stop()
    const second = await startRedis(port)
    try {
      await worker(second.url)
      expect(await running).toEqual(await new InlineExecutor(scenarios).run(tasks))
      await search.close()
      executors.splice(0)
    } finally {
      for (const process of workers.splice(0)) {
        process.kill('SIGKILL')
        await process
      }
      await second.stop()
    }
  })

  it('no Redis there: exit 3, with the command that mends it and no password', async () => {
    const port = await freePort()
    const url = `redis://me:secret@127.0.0.1:${port}`
    const { exitCode, stderr } = await execa(SIM, ['worker', '--redis', url], { reject: false })
    expect(exitCode).toBe(3)
    expect(stderr).toContain(`redis-server --port ${port}`)
    expect(stderr).not.toContain('secret')
    await expect(RedisExecutor.connect(url, [])).rejects.toMatchObject({ exitCode: 3 })
  })

  it.each(['localhost', 'http://localhost', 'redis://host/x', 'redis://'])(
    '%s is no address',
    async (url) => {
      const { exitCode, stderr } = await execa(SIM, ['worker', '--redis', url], { reject: false })
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining('expected an address such as')])
    },
  )
})

import { Agent, request } from 'undici'
import { runClock, sleep } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { DEFAULT_SERVICE } from '../control/service.ts'
import type { ProxyLogEntry } from '../control/signals.ts'
import type { ServiceSettings } from '../record/schema.ts'
import { generateArrivals } from '../traces/arrivals.ts'
import type { Trace } from '../traces/trace.ts'
import { DEFAULT_APP } from './appSettings.ts'
import { resourceName } from './labels.ts'
import { type ClientRow, generateLoad, type LoadSummary } from './load/loadgen.ts'
import { prepareObjects } from './load/prepareObjects.ts'
import { LivePlant } from './plant.ts'
import { openTestbed, type Testbed } from './testbed.ts'

/** One statement about the set-up, and what came of trying it. */
export interface CheckResult {
  name: string
  /** Null: it holds. */
  problem: string | null
}

interface Bench {
  testbed: Testbed
  plant: LivePlant
  agent: Agent
  entries: ProxyLogEntry[]
  now: () => number
  signal?: AbortSignal
}

type Check = { name: string; run: (bench: Bench) => Promise<void> }

/**
 * The functionality test: every part of the live set-up tried once, on a testbed of its own. Results are
 * told one by one; a check that fails does not keep the later ones from being tried.
 */
export async function functionalityTest(options: {
  say: (line: string) => void
  onResult: (result: CheckResult) => void
  port: number
  signal?: AbortSignal
}): Promise<CheckResult[]> {
  const service: ServiceSettings = DEFAULT_SERVICE
  const now = runClock()
  const entries: ProxyLogEntry[] = []
  const testbed = await openTestbed({
    service,
    app: { ...DEFAULT_APP, delay: 'uniform:5:50' },
    port: options.port,
    ownerPid: process.pid,
    now,
    onEntry: (entry) => entries.push(entry),
    say: options.say,
    signal: options.signal,
  })
  const bench: Bench = {
    testbed,
    plant: new LivePlant(testbed, now, { onEvent: () => {}, onProblem: options.say }),
    agent: new Agent(),
    entries,
    now,
    signal: options.signal,
  }
  const results: CheckResult[] = []
  try {
    for (const check of CHECKS) {
      options.signal?.throwIfAborted()
      const problem = await check.run(bench).then(() => null, messageOf)
      options.signal?.throwIfAborted()
      results.push({ name: check.name, problem })
      options.onResult({ name: check.name, problem })
    }
  } finally {
    await bench.agent.close()
    await bench.plant.close()
    await testbed.close()
  }
  return results
}

const CHECKS: Check[] = [
  {
    name: 'a container is started and found by the proxy',
    run: async (bench) => {
      await scale(bench, 1)
      expectEqual('servers that are up', (await upServers(bench)).join(), 'w1')
    },
  },
  {
    name: 'every route answers through HAProxy',
    run: (bench) => tryRoutes((...call) => throughProxy(bench, ...call)),
  },
  {
    name: 'every route answers on an instance itself',
    run: (bench) => tryRoutes((...call) => onInstance(bench, 'w1', ...call)),
  },
  {
    name: 'two instances share the store',
    run: async (bench) => {
      await scale(bench, 2)
      await onInstance(bench, 'w1', 'PUT', '/objs/shared', 'written by w1')
      const { status, body } = await onInstance(bench, 'w2', 'GET', '/objs/shared')
      expectEqual('w2 answers', `${status} ${body}`, '200 written by w1')
      await onInstance(bench, 'w2', 'DELETE', '/objs/shared')
      expectEqual('w1 after the delete', (await onInstance(bench, 'w1', 'GET', '/objs/shared')).status, 404)
    },
  },
  {
    name: 'an instance is drained and removed under load, and no request is lost',
    run: async (bench) => {
      await prepareObjects({ url: bench.testbed.url, signal: bench.signal })
      const load = sendLoad(bench, { ratePerS: 25, durationMs: 3000 })
      await sleep(1000, bench.signal)
      bench.plant.scaleTo(1)
      const { summary } = await load
      await bench.plant.settle(bench.signal)
      expectEqual('requests answered', summary.byOutcome.ok, summary.sent)
      expectEqual('servers that are up', (await upServers(bench)).join(), 'w1')
      expectEqual('containers that run', (await bench.testbed.runningReplicas()).join(), 'w1')
    },
  },
  {
    name: "the load generator's counts are HAProxy's counts",
    run: async (bench) => {
      const before = (await bench.testbed.haproxy.counters()).requestsTotal
      bench.entries.length = 0
      const { summary, rows } = await sendLoad(bench, { ratePerS: 20, durationMs: 3000 })
      await sleep(300, bench.signal)
      bench.testbed.haproxy.log.readNow()
      const counted = (await bench.testbed.haproxy.counters()).requestsTotal - before
      expectEqual("HAProxy's counter", counted, summary.sent)
      expectEqual("lines in HAProxy's log", bench.entries.length, summary.sent)
      const statuses = new Map(bench.entries.map((entry) => [entry.id, entry.status]))
      const differing = rows.filter((row) => statuses.get(String(row.index)) !== row.status)
      expectEqual('requests whose status differs', differing.length, 0)
    },
  },
  {
    name: 'nothing but HAProxy can be reached, and an instance reaches nothing outside',
    run: async ({ testbed }) => {
      const containers = await testbed.podman.list({ label: `scaletwin.run=${testbed.id}` })
      for (const { name } of containers) {
        const ports = Object.values((await testbed.podman.inspect(name))?.ports ?? {})
        const expected = name === resourceName(testbed.id, 'proxy') ? 1 : 0
        expectEqual(`published ports of ${name}`, ports.length, expected)
        for (const { hostIp } of ports) expectEqual(`address of ${name}`, hostIp, '127.0.0.1')
      }
      const routes = await testbed.podman.exec(resourceName(testbed.id, 'w1'), ['cat', '/proc/net/route'])
      const defaults = routes.output.split('\n').filter((line) => /^\S+\s+00000000\s/.test(line))
      expectEqual('default routes of an instance', defaults.length, 0)
    },
  },
]

interface Answer {
  status: number
  body: string
}
type Ask = (method: 'GET' | 'PUT' | 'DELETE', path: string, body?: string) => Promise<Answer>

/** bz2 of "hello hello hello", as python3 -c 'bz2.compress' makes it, begins so in base64 ("BZh9"). */
const BZ2_START = 'QlpoO'

async function tryRoutes(ask: Ask): Promise<void> {
  const rows: [Parameters<Ask>, (answer: Answer) => boolean, string][] = [
    [['GET', '/health'], ({ status }) => status === 200, '200'],
    [['DELETE', '/'], ({ status }) => status === 204, '204'],
    [['GET', '/'], ({ status, body }) => status === 200 && body.trim() === '[]', '200 and []'],
    [['GET', '/objs/a'], ({ status }) => status === 404, '404'],
    [['PUT', '/objs/a', 'hello'], ({ status }) => status === 201, '201'],
    [['PUT', '/objs/a', 'hello hello hello'], ({ status }) => status === 200, '200'],
    [
      ['GET', '/objs/a'],
      ({ status, body }) => status === 200 && body === 'hello hello hello',
      '200 and its text',
    ],
    [
      ['GET', '/objs/a/compress'],
      ({ status, body }) => status === 200 && body.startsWith(BZ2_START),
      '200 and bz2 in base64',
    ],
    [['GET', '/objs/b/compress'], ({ status }) => status === 404, '404'],
    [['GET', '/'], ({ status, body }) => status === 200 && body.includes('"a"'), '200 and a list with a'],
    [['DELETE', '/objs/a'], ({ status }) => status === 204, '204'],
    [['DELETE', '/objs/a'], ({ status }) => status === 404, '404'],
  ]
  for (const [call, holds, expected] of rows) {
    const answer = await ask(...call)
    const [method, path] = call
    if (!holds(answer))
      throw new Error(
        `${method} ${path} answered ${answer.status} ${answer.body.slice(0, 60)}, expected ${expected}`,
      )
  }
}

async function throughProxy(
  { testbed, agent }: Bench,
  ...[method, path, body]: Parameters<Ask>
): Promise<Answer> {
  const answer = await request(`${testbed.url}${path}`, { method, body, dispatcher: agent })
  return { status: answer.statusCode, body: await answer.body.text() }
}

const CLIENT_PY = `
import sys, urllib.request, urllib.error
method, path, body = sys.argv[1], sys.argv[2], sys.argv[3].encode() or None
call = urllib.request.Request('http://127.0.0.1:5000' + path, data=body, method=method)
try: answer = urllib.request.urlopen(call)
except urllib.error.HTTPError as error: answer = error
sys.stdout.write('%d\\n%s' % (answer.status, answer.read().decode()))
`

/** From inside the instance's container: it is published nowhere. */
async function onInstance(
  { testbed }: Bench,
  instance: string,
  ...[method, path, body]: Parameters<Ask>
): Promise<Answer> {
  const argv = ['python3', '-c', CLIENT_PY, method, path, body ?? '']
  const { output } = await testbed.podman.exec(resourceName(testbed.id, instance), argv)
  const [status, ...rest] = output.split('\n')
  return { status: Number(status), body: rest.join('\n') }
}

async function scale({ plant, signal }: Bench, replicas: number): Promise<void> {
  plant.scaleTo(replicas)
  await plant.settle(signal)
}

async function upServers({ testbed }: Bench): Promise<string[]> {
  return (await testbed.haproxy.servers()).filter(({ status }) => status === 'up').map(({ name }) => name)
}

async function sendLoad(
  { testbed, now, signal }: Bench,
  { ratePerS, durationMs }: { ratePerS: number; durationMs: number },
): Promise<{ summary: LoadSummary; rows: ClientRow[] }> {
  const points = [
    { atMs: 0, ratePerS },
    { atMs: durationMs, ratePerS },
  ]
  const trace: Trace = {
    name: 'check',
    description: '',
    load: { kind: 'rate', points },
    process: 'poisson',
    mix: { read: 1 },
    durationMs,
  }
  const originMs = now()
  const rows: ClientRow[] = []
  const summary = await generateLoad({
    url: testbed.url,
    arrivals: generateArrivals(trace, 1),
    seed: 1,
    now: () => now() - originMs,
    timeoutMs: 10_000,
    onDone: (row) => rows.push(row),
    signal,
  })
  return { summary, rows }
}

function expectEqual(what: string, seen: unknown, expected: unknown): void {
  if (seen !== expected) throw new Error(`${what}: ${seen}, expected ${expected}`)
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { brokenCounts } from '../live/counts.ts'
import { readRecord } from '../record/read.ts'
import { live, says } from './liveCommand.case.ts'
import { traceFile } from './support.ts'

/** Runs on the real parts that cannot be believed, and one with faults that can. */
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
  const steady = traceFile('steady', [
    ['0s', 25],
    ['4s', 25],
  ])
  await writeFile(join(folder, 'steady.json'), steady)
  await writeFile(join(folder, 'heavy.mjs'), HEAVY)
})
afterAll(() => rm(folder, { recursive: true }))

/** Computes for 1.3 s at each tick in the process that also sends the load, and for 5 s on all cores beside. */
const HEAVY = `import { cpus } from 'node:os'
import { Worker } from 'node:worker_threads'
const BURN = 'const end = performance.now() + 5000; while (performance.now() < end);'
export default {
  name: 'heavy', summary: '', source: '', parameters: {},
  init() {
    for (let i = 0; i < 4 * cpus().length; i++) new Worker(BURN, { eval: true })
    return null
  },
  decide() {
    const end = performance.now() + 1300
    while (performance.now() < end);
    return { decision: { kind: 'hold', reason: 'tired' }, state: null }
  },
}
`
const RUN = ['run', '--trace', './steady.json', '--initial', '2']

it('a policy that takes all cores: the generator is late, decisions too, and the host is saturated by the tool itself', async () => {
  const { exitCode, stderr } = await live([...RUN, '--policy', './heavy.mjs', '--out', 'heavy'], folder)
  expect(exitCode).toBe(4)
  expect(stderr).toContain('heavy is not valid')
  const { run } = await readRecord(join(folder, 'heavy'))
  expect(run.verdict.valid).toBe(false)
  const reasons = run.verdict.reasons.join('\n')
  expect(reasons).toMatch(/the load generator was late: p99 \d{3,}\.\d ms, bound 10 ms/)
  expect(reasons).toMatch(
    /the control loop did not keep up: 4 of 4 decisions came after the next tick was due/,
  )
  // On a machine with a core to spare both are said.
  expect(reasons).toMatch(
    /the host was saturated by ScaleTwin itself: from \d.* controller and proxy used|the controller had no time left: from \d.* its process used/,
  )
})

it('a request from somebody else: HAProxy and the application count one more', async () => {
  const port = await freePort()
  const static2 = ['--policy', 'static', '--set', 'replicas=2']
  const child = live([...RUN, ...static2, '--port', String(port), '--out', 'stray'], folder)
  await says(child, '1s of')
  await fetch(`http://127.0.0.1:${port}/objs/stray`)
  const { exitCode, stderr } = await child
  expect(exitCode).toBe(4)
  const { run } = await readRecord(join(folder, 'stray'))
  const { generator, proxy, replicas } = run.counts!
  expect(proxy.received).toBe(generator.sent + 1)
  expect(stderr).toContain(
    `the generator sent ${generator.sent} requests, HAProxy counted ${generator.sent + 1}`,
  )
  const served = Object.values(replicas!).reduce((sum, replica) => sum + replica.served, 0)
  expect(served).toBe(generator.sent + 1)
  expect(stderr).toMatch(/w\d answered \d+ requests, \d+ of them are known here \(1 answers lost\)/)
})

it('a replica and the proxy are killed: what each part counted still adds up, request by request', async () => {
  const faults = ['--fault', 'kill:0@1s', '--fault', 'proxy-kill@2500ms']
  await live([...RUN, '--policy', 'static', '--set', 'replicas=2', ...faults, '--out', 'faults'], folder)
  const { run } = await readRecord(join(folder, 'faults'))
  const counts = run.counts!
  expect(brokenCounts(counts)).toEqual([])
  // Not because everything is excused.
  const { generator, proxy, explained } = counts
  expect(generator.sent).toBeGreaterThan(60)
  expect(generator.sent - proxy.lines).toBeLessThanOrEqual(explained.unwritten)
  expect(explained.insideDead).toBeLessThan(0.9 * generator.sent)
  const answered = Object.values(counts.replicas!).reduce((sum, replica) => sum + replica.known, 0)
  expect(answered + generator.broken! + generator.byOutcome.timeout).toBe(generator.sent)
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

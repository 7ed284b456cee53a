import { median } from 'simple-statistics'
import { expect, test } from 'vitest'
import { proxyLogOf } from '../../control/proxyLog.ts'
import { reconcile } from '../../control/reconcile.ts'
import { DEFAULT_CONTROL } from '../../control/service.ts'
import { makeController, startController, tick } from '../../control/tick.ts'
import { parseCounters } from '../../live/proxy/haproxyStats.ts'
import { parametersOf } from '../../policies/parameters.ts'
import { pid } from '../../policies/pid.ts'
import { NO_KNOWLEDGE } from '../../policies/policy.ts'

const REPLICAS = 200
const REQUESTS_PER_TICK = 5000
/** The containers and the proxy's answer come on top; a hundredth of the interval is for the controller's own work. */
const LIMIT_MS = 10

/** As HAProxy's `show stat`, apart from the columns that nobody reads. */
const FIELDS = 'pxname,svname,qcur,scur,status,check_status,req_tot'
const STATS = [
  `# ${FIELDS},`,
  `http,FRONTEND,,50,OPEN,,${REQUESTS_PER_TICK},`,
  ...Array.from({ length: REPLICAS }, (_, i) => `app,w${i},0,1,UP,L7OK,,`),
  'app,BACKEND,3,200,UP,,,',
].join('\n')

const ENTRIES = Array.from({ length: REQUESTS_PER_TICK }, (_, i) => ({
  id: `${i}`,
  server: `w${i % REPLICAS}`,
  status: 200,
  queueMs: i % 7,
  connectMs: 0,
  responseMs: 40 + (i % 11),
  totalMs: 47 + (i % 18),
}))

test(`${REPLICAS} replicas and ${REQUESTS_PER_TICK} requests a second take less than ${LIMIT_MS} ms of a tick`, () => {
  const settings = {
    ...DEFAULT_CONTROL,
    maxReplicas: REPLICAS,
    initialReplicas: REPLICAS,
    knowledge: NO_KNOWLEDGE,
  }
  const controller = makeController(pid, parametersOf(pid, []), settings)
  let state = startController(controller)
  const cpuMs: number[] = []
  for (let k = 1; k <= 25; k++) {
    const atMs = 1000 * k
    const log = ENTRIES.map((entry, i) => ({ ...entry, endedMs: atMs - 1000 + (i + 1) / 5 }))
    const replicas = ENTRIES.slice(0, REPLICAS).map(({ server }) => ({
      name: server,
      state: 'ready' as const,
      sinceMs: 0,
    }))
    const before = process.cpuUsage()
    const signals = { atMs, proxy: parseCounters(STATS), log: proxyLogOf(log), replicas, standby: 0 }
    const result = tick(controller, state, signals, atMs)
    expect(result.row.observation.responseMs!.count).toBe(REQUESTS_PER_TICK * Math.min(k, 5))
    reconcile(replicas, result.row.target)
    const { user, system } = process.cpuUsage(before)
    cpuMs.push((user + system) / 1000)
    state = result.state
  }
  // The first ones are interpreted, not compiled.
  expect(median(cpuMs.slice(5))).toBeLessThan(LIMIT_MS)
  console.log(`a tick takes ${median(cpuMs.slice(5)).toFixed(2)} ms of CPU`)
})

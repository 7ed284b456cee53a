import { badInput } from '../../base/errors.ts'
import { CONNECT_RETRIES, CONNECT_TIMEOUT_MS } from '../../control/service.ts'
import type { HealthChecks, ServiceSettings } from '../../record/schema.ts'
import { LOG_FORMAT } from './haproxyLog.ts'

/** What the driver and HAProxy share in the run folder. */
export const RUN_FILES = {
  config: 'haproxy.cfg',
  admin: 'admin.sock',
  master: 'master.sock',
  log: 'requests.log',
} as const

/** Where the run folder is mounted in HAProxy's container. */
export const RUN_DIR_IN_CONTAINER = '/run/hap'

export interface ProxyServer {
  name: string
  address: string
  port: number
}

/**
 * The command of HAProxy's container. `-W`: a master that replaces its worker on SIGUSR2, which is how a
 * reload loses nothing; `-S`: the master's socket, which tells whether a replaced worker still has requests.
 * The shell is there for `>>`: HAProxy appends its log to a file only through its standard output. `trap`: where the file
 * may not grow any more (its size is limited) HAProxy loses lines instead of its life.
 */
export function haproxyCommand(runDirInContainer = RUN_DIR_IN_CONTAINER): string[] {
  const file = (name: keyof typeof RUN_FILES) => `${runDirInContainer}/${RUN_FILES[name]}`
  return [
    'sh',
    '-c',
    `trap '' XFSZ; exec haproxy -W -db -S ${file('master')} -f ${file('config')} >> ${file('log')}`,
  ]
}

/**
 * HAProxy's configuration (references: configuration manual of 2.6).
 * One thread: one queue in one order, and no server is picked twice at once by threads that do not see each
 * other. `http-server-close`: no idle connection to a server stays behind, which would block `del server`.
 * `retry-on`: a GET or PUT whose server died before it answered is served by another one; a DELETE is not,
 * since its second answer would be 404. (On a kept-alive connection HAProxy would else close without an
 * answer and without a line in the log: http_ana.c, abort_keep_alive.)
 * `idle-close-on-response`: a worker that is being replaced does not close a connection on which the client
 * may be sending its next request.
 * `mode 600`: who may open the socket commands HAProxy. It has no other entrance: no statistics page is served.
 * A server marked `disabled` starts in maintenance: at its start HAProxy believes every other one to be up
 * until a check has failed.
 */
export function haproxyConfig(options: {
  service: ServiceSettings
  listenPort: number
  servers: readonly (ProxyServer & { disabled?: boolean })[]
  health: HealthChecks
  healthPath: string
  runDirInContainer: string
}): string {
  const { service, health, healthPath, servers, runDirInContainer, listenPort } = options
  checkSettings(service, health)
  const patienceMs = service.clientTimeoutMs + MARGIN_MS
  return `global
  nbthread 1
  stats socket ${runDirInContainer}/${RUN_FILES.admin} mode 600 level admin expose-fd listeners
  fd-hard-limit ${MOST_DESCRIPTORS}
  hard-stop-after ${service.queueTimeoutMs + patienceMs}ms

defaults
  mode http
  timeout connect ${CONNECT_TIMEOUT_MS}ms
  timeout client ${patienceMs}ms
  timeout server ${patienceMs}ms
  timeout queue ${service.queueTimeoutMs}ms
  timeout check ${health.timeoutMs}ms
  timeout http-keep-alive 60s
  retries ${CONNECT_RETRIES}
  option redispatch 1
  option abortonclose
  option http-server-close
  option idle-close-on-response
  option dontlognull

frontend http
  bind 0.0.0.0:${listenPort}
  log stdout len 1024 format raw local0
  capture request header X-Request-Id len 128
  log-format "${LOG_FORMAT}"
  default_backend ${BACKEND}

backend ${BACKEND}
  balance ${BALANCE[service.balance]}
  option httpchk GET ${healthPath}
  retry-on conn-failure empty-response
  http-request disable-l7-retry unless METH_GET or { method PUT }
  default-server ${serverParameters(service, health)}
${servers.map((s) => `  server ${s.name} ${s.address}:${s.port}${s.disabled ? ' disabled' : ''}\n`).join('')}`
}

export const BACKEND = 'app'
export const FRONTEND = 'http'

/**
 * Two a connection. Without it HAProxy takes as many as it may open, a million on some machines, and more requests would
 * wait in its queue than its memory limit (live/limits.ts) holds.
 */
const MOST_DESCRIPTORS = 40_000

/** The client gives up first; HAProxy's own limits are there for what would otherwise stay for ever. */
const MARGIN_MS = 5000

/** `random(2)`: the less busy of two drawn ("power of two choices"). */
const BALANCE: Record<ServiceSettings['balance'], string> = {
  roundrobin: 'roundrobin',
  leastconn: 'leastconn',
  random: 'random(2)',
  first: 'first',
}

/**
 * A refused connection means that the process is gone. Without this, while all other servers are full, a
 * refused request is sent to the same server again: its retries are used up within a millisecond and it ends
 * with 503. Only with maxconn: without, connections also fail when a living server's listen backlog is full.
 */
const DOWN_AT_FIRST_REFUSAL = 'observe layer4 error-limit 1 on-error mark-down'

/**
 * A server's parameters, for `default-server` and again for each `add server`: a server added at run time
 * takes nothing from `default-server` (management guide, "add server").
 */
export function serverParameters(service: ServiceSettings, health: HealthChecks): string {
  return [
    'check',
    `inter ${health.intervalMs}ms`,
    `downinter ${health.downIntervalMs}ms`,
    `rise ${health.rise}`,
    `fall ${health.fall}`,
    ...(service.maxconn === null ? [] : [`maxconn ${service.maxconn}`, DOWN_AT_FIRST_REFUSAL]),
  ].join(' ')
}

function checkSettings(service: ServiceSettings, health: HealthChecks): void {
  if (!(service.balance in BALANCE)) {
    throw badInput({ place: 'balance', value: service.balance, expected: Object.keys(BALANCE).join(', ') })
  }
  if (service.balance === 'first' && service.maxconn === null) {
    throw badInput({
      place: 'maxconn',
      value: null,
      expected: 'a number of requests with balance first',
      remedy: 'Without a limit the first server would get every request',
    })
  }
  const whole = {
    ...health,
    queueTimeoutMs: service.queueTimeoutMs,
    clientTimeoutMs: service.clientTimeoutMs,
  }
  const limited = service.maxconn === null ? whole : { ...whole, maxconn: service.maxconn }
  for (const [place, value] of Object.entries(limited)) {
    if (!Number.isInteger(value) || value < 1)
      throw badInput({ place, value, expected: 'a whole number from 1' })
  }
}

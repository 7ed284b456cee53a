import { describe, expect, it } from 'vitest'
import { DEFAULT_HEALTH } from '../../control/service.ts'
import type { HealthChecks, ServiceSettings } from '../../record/schema.ts'
import { haproxyCommand, haproxyConfig } from './haproxyConfig.ts'

const SERVICE: ServiceSettings = {
  balance: 'leastconn',
  maxconn: 1,
  queueTimeoutMs: 10_000,
  clientTimeoutMs: 20_000,
}
const SERVERS = [
  { name: 'w1', address: '10.89.0.2', port: 5000 },
  { name: 'w2', address: '10.89.0.3', port: 5000, disabled: true },
]

function config(service: Partial<ServiceSettings> = {}, health: Partial<HealthChecks> = {}): string {
  return haproxyConfig({
    service: { ...SERVICE, ...service },
    listenPort: 8080,
    servers: SERVERS,
    health: { ...DEFAULT_HEALTH, ...health },
    healthPath: '/health',
    runDirInContainer: '/run/hap',
  })
}

describe('the configuration', () => {
  it('is this one', () => {
    expect(config()).toMatchInlineSnapshot(`
      "global
        nbthread 1
        stats socket /run/hap/admin.sock mode 600 level admin expose-fd listeners
        fd-hard-limit 40000
        hard-stop-after 35000ms

      defaults
        mode http
        timeout connect 1000ms
        timeout client 25000ms
        timeout server 25000ms
        timeout queue 10000ms
        timeout check 2000ms
        timeout http-keep-alive 60s
        retries 3
        option redispatch 1
        option abortonclose
        option http-server-close
        option idle-close-on-response
        option dontlognull

      frontend http
        bind 0.0.0.0:8080
        log stdout len 1024 format raw local0
        capture request header X-Request-Id len 128
        log-format "request\\t%ST\\t%s\\t%Tw\\t%Tc\\t%Tr\\t%Ta\\t%ts\\t%[capture.req.hdr(0)]"
        default_backend app

      backend app
        balance leastconn
        option httpchk GET /health
        retry-on conn-failure empty-response
        http-request disable-l7-retry unless METH_GET or { method PUT }
        default-server check inter 1000ms downinter 100ms rise 1 fall 3 maxconn 1 observe layer4 error-limit 1 on-error mark-down
        server w1 10.89.0.2:5000
        server w2 10.89.0.3:5000 disabled
      "
    `)
  })

  it('names no server where there is none', () => {
    const text = haproxyConfig({
      service: SERVICE,
      listenPort: 80,
      servers: [],
      health: DEFAULT_HEALTH,
      healthPath: '/health',
      runDirInContainer: '/x',
    })
    expect(text).not.toMatch(/^ {2}server /m)
    expect(text).toContain('bind 0.0.0.0:80\n')
    expect(text).toContain('stats socket /x/admin.sock')
  })

  const changes: [string, Partial<ServiceSettings>, Partial<HealthChecks>, string | RegExp][] = [
    ['balance roundrobin', { balance: 'roundrobin' }, {}, 'balance roundrobin\n'],
    ['balance random draws two', { balance: 'random' }, {}, 'balance random(2)\n'],
    ['balance first', { balance: 'first' }, {}, 'balance first\n'],
    ['maxconn', { maxconn: 7 }, {}, 'maxconn 7'],
    ['the queue time-out', { queueTimeoutMs: 1234 }, {}, 'timeout queue 1234ms'],
    ['the client time-out, with a margin', { clientTimeoutMs: 1234 }, {}, 'timeout client 6234ms'],
    ['the interval of checks', {}, { intervalMs: 777 }, ' inter 777ms'],
    ['the interval of checks while down', {}, { downIntervalMs: 77 }, 'downinter 77ms'],
    ['the time-out of checks', {}, { timeoutMs: 345 }, 'timeout check 345ms'],
    ['rise', {}, { rise: 4 }, 'rise 4'],
    ['fall', {}, { fall: 9 }, 'fall 9'],
  ]
  for (const [what, service, health, text] of changes) {
    it(`says ${what}`, () => {
      expect(config(service, health)).toMatch(text)
      expect(config()).not.toMatch(text)
    })
  }

  it('without maxconn has no limit, and does not take a full backlog for a dead server', () => {
    expect(config({ maxconn: null })).not.toMatch(/maxconn|observe/)
  })

  const bad: [string, Partial<ServiceSettings>, string][] = [
    [
      'balance first without a limit',
      { balance: 'first', maxconn: null },
      'Without a limit the first server',
    ],
    ['maxconn 0', { maxconn: 0 }, 'maxconn is 0, expected a whole number from 1'],
    ['half a millisecond', { queueTimeoutMs: 0.5 }, 'queueTimeoutMs is 0.5'],
    ['an unknown balance', { balance: 'fastest' as 'first' }, 'balance is "fastest", expected roundrobin'],
  ]
  for (const [what, service, message] of bad) {
    it(`refuses ${what}`, () => expect(() => config(service)).toThrow(message))
  }
})

describe('the command', () => {
  it('appends the log to the run folder', () => {
    expect(haproxyCommand('/r')[2]).toBe(
      "trap '' XFSZ; exec haproxy -W -db -S /r/master.sock -f /r/haproxy.cfg >> /r/requests.log",
    )
  })
})

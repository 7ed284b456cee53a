import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { Agent, request } from 'undici'
import { runClock, sleep } from '../../base/clock.ts'
import type { ProxyLogEntry } from '../../control/signals.ts'
import type { HealthChecks, ServiceSettings } from '../../record/schema.ts'
import { containersEnv } from '../engine/containersConf.ts'
import { ensureImages, type Images } from '../engine/image.ts'
import { type Haproxy, openHaproxy } from '../haproxy.ts'
import { haproxyCommand, type ProxyServer, RUN_DIR_IN_CONTAINER } from './haproxyConfig.ts'

/**
 * A single-threaded HTTP/1.0 server that closes after each answer, as Werkzeug's does. `?ms=` sleeps. It says
 * "early" where a request came before it was healthy, and "request <id>" for each one.
 */
const BACKEND_PY = `
import os, socket, time
start = time.monotonic()
def since(): return (time.monotonic() - start) * 1000
def env(name): return int(os.environ.get(name, '0'))
time.sleep(env('LISTEN_AFTER_MS') / 1000)
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(('0.0.0.0', 5000))
listener.listen(128)
print('listening', time.time(), flush=True)
while True:
    client, _ = listener.accept()
    try:
        head = b''
        while b'\\r\\n\\r\\n' not in head:
            more = client.recv(4096)
            if not more: break
            head += more
        if not head: continue
        lines = head.decode().split('\\r\\n')
        path = lines[0].split(' ')[1]
        ids = [line.split(':')[1].strip() for line in lines if line.lower().startswith('x-request-id:')]
        healthy = since() >= env('HEALTHY_AFTER_MS')
        if path != '/health':
            print('request' if healthy else 'early', *ids, flush=True)
            if 'ms=' in path: time.sleep(int(path.split('ms=')[1]) / 1000)
        status = '503 Starting' if path == '/health' and not healthy else '200 OK'
        client.sendall(('HTTP/1.0 %s\\r\\nContent-Length: 2\\r\\n\\r\\nok' % status).encode())
    except OSError as error: print('error', error, flush=True)
    finally: client.close()
`

export interface Sent {
  id: string
  /** 0 where the connection broke; -1 where the caller aborted. */
  status: number
  sentMs: number
  doneMs: number
}

/** A network, HAProxy, and backends on demand; close() removes all that it started. */
export class TestBed {
  readonly tag = randomBytes(4).toString('hex')
  readonly now = runClock()
  readonly entries: ProxyLogEntry[] = []
  haproxy!: Haproxy
  port = 0
  private runDir = ''
  private env: NodeJS.ProcessEnv = {}
  private images!: Images
  private readonly agent = new Agent({ connections: 100, pipelining: 1 })

  static async start(options: {
    service?: Partial<ServiceSettings>
    health?: HealthChecks
    dynamicServers?: boolean
  }): Promise<TestBed> {
    const bed = new TestBed()
    try {
      await bed.open(options)
    } catch (error) {
      await bed.close()
      throw error
    }
    return bed
  }

  private async open(options: {
    service?: Partial<ServiceSettings>
    health?: HealthChecks
    dynamicServers?: boolean
  }) {
    this.runDir = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
    await chmod(this.runDir, 0o777)
    this.env = await containersEnv({ runDir: this.runDir, env: process.env })
    this.images = await ensureImages({ env: this.env, say: () => {} })
    this.port = await freePort()
    await this.cli('network', 'create', '--label', this.label, this.name('net'))
    this.haproxy = await openHaproxy({
      runDir: this.runDir,
      service: {
        balance: 'leastconn',
        maxconn: 1,
        queueTimeoutMs: 10_000,
        clientTimeoutMs: 20_000,
        ...options.service,
      },
      listenPort: 8080,
      now: this.now,
      signalMaster: async () => void (await this.cli('kill', '--signal', 'USR2', this.name('proxy'))),
      onEntry: (entry) => this.entries.push(entry),
      ...(options.health && { health: options.health }),
      ...(options.dynamicServers !== undefined && { dynamicServers: options.dynamicServers }),
    })
    const volume = `${this.runDir}:${RUN_DIR_IN_CONTAINER}`
    const publish = `127.0.0.1:${this.port}:8080`
    await this.run('proxy', ['-v', volume, '-p', publish], [this.images.proxy, ...haproxyCommand()])
    await this.haproxy.waitUp({ timeoutMs: 10_000 })
  }

  /** Starts a backend; resolves when its container runs, which is before it listens. */
  async backend(name: string, env: Record<string, number> = {}): Promise<ProxyServer> {
    const settings = Object.entries(env).flatMap(([key, value]) => ['-e', `${key}=${value}`])
    await this.run(name, settings, [this.images.app, 'python3', '-c', BACKEND_PY])
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
    return { name, address: await this.cli('inspect', '-f', format, this.name(name)), port: 5000 }
  }

  /** Starts backends and waits until all are up. */
  async readyBackends(names: readonly string[]): Promise<ProxyServer[]> {
    const servers: ProxyServer[] = []
    for (const name of names) servers.push(await this.backend(name))
    for (const server of servers) await this.haproxy.addServer(server)
    for (const { name } of servers) await this.haproxy.waitReady(name, { timeoutMs: 10_000 })
    return servers
  }

  /** One request through the proxy; never throws. */
  async send(id: string, options: { ms?: number; signal?: AbortSignal } = {}): Promise<Sent> {
    const sentMs = this.now()
    const url = `http://127.0.0.1:${this.port}/?ms=${options.ms ?? 0}`
    try {
      const { statusCode, body } = await request(url, {
        dispatcher: this.agent,
        headers: { 'x-request-id': id },
        ...(options.signal && { signal: options.signal }),
      })
      await body.dump()
      return { id, status: statusCode, sentMs, doneMs: this.now() }
    } catch {
      return { id, status: options.signal?.aborted ? -1 : 0, sentMs, doneMs: this.now() }
    }
  }

  /** Evenly spaced requests while `work` goes on; resolves when all are answered. */
  async loadDuring(load: { everyMs: number; ms: number }, work: () => Promise<void>): Promise<Sent[]> {
    const sent: Promise<Sent>[] = []
    let working = true
    const generator = (async () => {
      const startMs = this.now()
      for (let index = 0; working; index++) {
        sent.push(this.send(`load-${index}`, { ms: load.ms }))
        await sleep(startMs + (index + 1) * load.everyMs - this.now())
      }
    })()
    try {
      await work()
    } finally {
      working = false
      await generator
    }
    return Promise.all(sent)
  }

  /** The log has caught up with all that was answered before the call. */
  async settle(): Promise<void> {
    await sleep(100)
    this.haproxy.log.readNow()
  }

  async output(name: string): Promise<string> {
    const { all } = await execa('podman', ['logs', this.name(name)], { all: true, env: this.env })
    return all
  }

  podman(verb: 'kill' | 'start' | 'exec', name: string, ...rest: string[]): Promise<string> {
    return this.cli(verb, this.name(name), ...rest)
  }

  async close(): Promise<void> {
    this.haproxy?.close()
    await this.agent.destroy()
    const ids = await this.cli('ps', '-aq', '--filter', `label=${this.label}`)
    if (ids) await this.cli('rm', '-f', '-t', '0', ...ids.split('\n'))
    await this.cli('network', 'rm', '-f', this.name('net'))
    if (this.runDir) await rm(this.runDir, { recursive: true, force: true })
  }

  private get label(): string {
    return `scaletwin.test=${this.tag}`
  }

  private name(name: string): string {
    return `scaletwin-test-${this.tag}-${name}`
  }

  private async cli(...args: string[]): Promise<string> {
    return (await execa('podman', args, { env: this.env })).stdout
  }

  private async run(name: string, settings: string[], command: string[]): Promise<void> {
    const common = ['-d', '--name', this.name(name), '--label', this.label, '--network', this.name('net')]
    await this.cli('run', ...common, '--entrypoint', '', ...settings, ...command)
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('bug: no port')
  return address.port
}

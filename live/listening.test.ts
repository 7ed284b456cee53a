import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { monotonicMs, sleep } from '../base/clock.ts'
import { untilListens } from './listening.ts'

let server: Server
afterEach(() => server?.close())

const freePort = async () => {
  const first = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => first.once('listening', resolve))
  const { port } = first.address() as { port: number }
  await new Promise((resolve) => first.close(resolve))
  return port
}

const onLinux = process.platform === 'linux'
const hosts = [...(onLinux ? ['127.0.0.1'] : []), ...(existsSync('/proc/net/if_inet6') ? ['::'] : [])]
it.each(hosts)(
  'resolves when the process listens at %s, within 10 ms or so, and not before',
  async (host) => {
    const port = await freePort()
    const watched = untilListens({ pid: process.pid, port }, { timeoutMs: 5000 }).then(monotonicMs)
    await sleep(100)
    server = createServer().listen(port, host)
    await new Promise((resolve) => server.once('listening', resolve))
    const openedMs = monotonicMs()
    const lateMs = (await watched) - openedMs
    expect(lateMs).toBeGreaterThan(-5)
    expect(lateMs).toBeLessThan(200)
  },
)

it('gives up after the time-out, for a process that is not there, and when it is told to', async () => {
  const port = await freePort()
  const watch = (pid: number | null, signal?: AbortSignal, timeoutMs = 50) =>
    untilListens({ pid, port }, { timeoutMs, signal })
  if (onLinux) {
    await expect(watch(process.pid)).rejects.toThrow(`did not listen at ${port} within 50ms`)
    const off = new AbortController()
    const watched = watch(process.pid, off.signal, 10_000)
    off.abort(new Error('called off'))
    await expect(watched).rejects.toThrow('called off')
  }
  await expect(watch(null)).rejects.toThrow('ENOENT')
})

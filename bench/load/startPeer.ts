import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { FromPeer, ToPeer } from './peer.ts'
import type { Stalls } from './stalls.ts'

export interface Peer {
  url: string
  /** Its time begins at 0, with no request seen. */
  start(): Promise<void>
  /** When each request since then arrived, ms on its clock. */
  arrivalsMs(): Promise<Float64Array>
  stop(): void
}

/** bench/load/peer.ts in its own process. `stalls` null: it answers at once. */
export async function startPeer(stalls: Stalls | null): Promise<Peer> {
  const child = fork(join(import.meta.dirname, 'peer.ts'), [JSON.stringify(stalls)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  const { port } = (await next(child)) as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    async start() {
      await ask(child, 'start')
    },
    async arrivalsMs() {
      const { arrivalsMs } = (await ask(child, 'report')) as { arrivalsMs: number[] }
      return Float64Array.from(arrivalsMs)
    },
    stop: () => child.disconnect(),
  }
}

async function ask(child: ChildProcess, message: ToPeer): Promise<FromPeer> {
  child.send(message)
  return next(child)
}

async function next(child: ChildProcess): Promise<FromPeer> {
  const [message] = await once(child, 'message')
  return message
}

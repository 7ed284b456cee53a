import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { sleep } from '../../../base/clock.ts'
import { environmentLacks } from '../../../base/errors.ts'
import { assertRedis } from './connection.ts'

export interface RedisServer {
  url: string
  stop(): Promise<void>
}

/** A Redis of the test's own, on a free port and in a folder that goes with it. @throws UserError where none is installed. */
export async function startRedis(port?: number): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'scaletwin-redis-'))
  const own = port ?? (await freePort())
  const args = [
    '--bind',
    '127.0.0.1',
    '--port',
    `${own}`,
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
  ]
  const server = execa('redis-server', args, { stdout: 'ignore', reject: false })
  const url = `redis://127.0.0.1:${own}`
  const stop = async () => {
    server.kill('SIGTERM')
    await server
    await rm(folder, { recursive: true, force: true })
  }
  for (let tries = 0; tries < 100; tries++) {
    const ended = await Promise.race([server, sleep(100)])
    if (ended) {
      await rm(folder, { recursive: true, force: true })
      throw environmentLacks(
        `redis-server does not start (${ended.shortMessage ?? 'it ended'})`,
        'sudo apt-get install -y --no-install-recommends redis-server',
      )
    }
    const answers = await assertRedis(url).then(
      () => true,
      () => false,
    )
    if (answers) return { url, stop }
  }
  await stop()
  throw new Error('redis-server did not answer within ten seconds')
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { request } from 'undici'
import { sleep } from '../../base/clock.ts'
import { environmentLacks } from '../../base/errors.ts'
import { onCore } from './cores.ts'

export interface Target {
  url: string
  stop(): Promise<void>
}

/**
 * HAProxy that answers by itself, as Debian packages it, on the last core: 50,000 answers a second and more, so that
 * what is measured is the generator. It takes fewer connections than a process may open.
 */
export async function startHaproxy(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'scaletwin-bench-'))
  const port = await freePort()
  const file = join(folder, 'haproxy.cfg')
  await writeFile(file, configOf(port))
  const [program, ...words] = onCore('last', ['haproxy', '-db', '-f', file])
  const child = execa(program!, words, { reject: false, all: true })
  let ended = false
  void child.finally(() => {
    ended = true
  })
  const stop = async () => {
    child.kill()
    await child
    await rm(folder, { recursive: true })
  }
  const url = `http://127.0.0.1:${port}`
  for (let attempt = 1; ; attempt++) {
    const answer = await request(url).catch(() => null)
    await answer?.body.dump()
    if (answer?.statusCode === 200) return { url, stop }
    if (attempt === 40 || ended) break
    await sleep(50)
  }
  await stop()
  throw environmentLacks(`HAProxy does not run: ${(await child).all ?? ''}`, 'apt-get install haproxy')
}

const configOf = (port: number) => `global
  nbthread 1
  maxconn 8000
defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  timeout http-keep-alive 60s
frontend http
  bind 127.0.0.1:${port}
  http-request return status 200 content-type text/plain string done hdr X-Instance w1 hdr X-Block-Ms 1.5
`

/** Free a moment ago: HAProxy itself cannot tell which one it took. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}

import { existsSync, readFileSync } from 'node:fs'
import { monotonicMs, sleep } from '../base/clock.ts'

/** Between two looks: how exactly the moment is known. */
const EVERY_MS = 10
/** In the column `st` of /proc/net/tcp. */
const LISTEN = '0A'

/**
 * Resolves when the process, in its own network, listens at the port: the application has started and a connection
 * to it would be accepted. The kernel is asked (/proc/<pid>/net/tcp, proc(5)), since the host has no way into the
 * replicas' network: an internal one has no address on the host.
 * @throws Error where the process has ended, or after the time-out; the signal's reason.
 */
export async function untilListens(
  { pid, port }: { pid: number | null; port: number },
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<void> {
  const endMs = monotonicMs() + timeoutMs
  while (!listens(`/proc/${pid}/net`, port)) {
    if (monotonicMs() > endMs)
      throw new Error(`process ${pid} did not listen at ${port} within ${timeoutMs}ms`)
    await sleep(EVERY_MS, signal)
  }
}

/** For IPv4, and for IPv6: there a socket that listens at any address takes both. */
const VERSIONS = [
  { counts: 'sockstat', inUse: /^TCP: inuse [1-9]/m, table: 'tcp' },
  { counts: 'sockstat6', inUse: /^TCP6: inuse [1-9]/m, table: 'tcp6' },
]

/**
 * The table of connections takes the kernel a millisecond to write, so it is read only when there is any TCP socket,
 * which a counter tells. Its columns: number, local address, remote address, state, ...; an address is HEX:PORT.
 */
function listens(net: string, port: number): boolean {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const isOpen = (line: string) => {
    const [, address, , state] = line.trim().split(/\s+/)
    return state === LISTEN && address!.endsWith(local)
  }
  return VERSIONS.some(
    ({ counts, inUse, table }) =>
      inUse.test(textOf(`${net}/${counts}`)) && textOf(`${net}/${table}`).split('\n').some(isOpen),
  )
}

/** Empty where the kernel has no IPv6. */
function textOf(path: string): string {
  return path.endsWith('6') && !existsSync(path) ? '' : readFileSync(path, 'latin1')
}

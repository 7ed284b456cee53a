import { Redis } from 'ioredis'
import { badInput, environmentLacks, messageOf } from '../../../base/errors.ts'

/** The one queue of all searches; a job's name says which run it is. */
export const QUEUE = 'runs'
/** Of every key that is written. */
export const PREFIX = 'scaletwin'

const CONNECT_MS = 5000
const PORT = 6379

/** What both libraries take. */
export interface Connection {
  host: string
  port: number
  db: number
  username?: string
  password?: string
  tls?: object
  maxRetriesPerRequest: null
}

/** The connection to an address as people write it. @throws UserError where it is none. */
export function connectionTo(url: string): Connection {
  const address = URL.canParse(url) ? new URL(url) : null
  const db = /^\/?(\d*)$/.exec(address?.pathname ?? '')?.[1]
  if (!address || !/^rediss?:$/.test(address.protocol) || !address.hostname || db === undefined) {
    throw badInput({
      place: '--redis',
      value: withoutPassword(url),
      expected: 'an address such as redis://localhost:6379, or rediss://user:password@host:6380/2',
    })
  }
  return {
    host: address.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(address.port || PORT),
    db: Number(db),
    ...(address.username ? { username: decodeURIComponent(address.username) } : {}),
    ...(address.password ? { password: decodeURIComponent(address.password) } : {}),
    ...(address.protocol === 'rediss:' ? { tls: {} } : {}),
    // Whoever waits for a run waits through a break of the connection, too.
    maxRetriesPerRequest: null,
  }
}

/** @throws UserError with exit code 3 where no Redis answers. */
export async function assertRedis(url: string): Promise<void> {
  const redis = new Redis({
    ...connectionTo(url),
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    retryStrategy: () => null,
  })
  let reason: unknown
  redis.on('error', (error) => {
    reason = error
  })
  try {
    await redis.connect()
    await redis.ping()
  } catch (error) {
    throw environmentLacks(
      `--redis ${withoutPassword(url)}: no Redis answers (${messageOf(reason ?? error)})`,
      `on the machine that it names: ${serverCommand(url)}`,
      error,
    )
  } finally {
    redis.disconnect()
  }
}

function serverCommand(url: string): string {
  const { port } = connectionTo(url)
  return `redis-server --port ${port} --save "" --appendonly no (Debian and Ubuntu: apt-get install redis-server)`
}

/** For messages. */
export function withoutPassword(url: string): string {
  return url.replace(/:[^:@/]*@/, ':***@')
}

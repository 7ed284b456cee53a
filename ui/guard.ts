import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

interface Guarded {
  token: string | null
  port: number
}

/**
 * Why a request is refused, or null. Three rules: Host must be this server's own loopback name, so that a page elsewhere
 * whose name resolves to 127.0.0.1 gets nothing; what is not GET or HEAD must bear this server's Origin, so that
 * no other page can act; with a token, it must be in the URL (once, then it becomes a cookie) or in the cookie.
 */
export function refusal(request: IncomingMessage, url: URL, guarded: Guarded): string | null {
  const own = [`127.0.0.1:${guarded.port}`, `localhost:${guarded.port}`]
  const { host, origin, cookie } = request.headers
  if (!own.includes(host ?? '')) return `Host "${host ?? ''}" is not this server: open it as ${own[0]}`
  const reads = request.method === 'GET' || request.method === 'HEAD'
  const sameOrigin = own.some((name) => origin === `http://${name}`)
  if (!reads && !sameOrigin) return `Origin "${origin ?? ''}" may not change anything here`
  if (guarded.token === null) return null
  const given = [url.searchParams.get('token'), cookieOf(cookie, cookieName(guarded.port))]
  if (given.some((value) => value !== null && same(value, guarded.token!))) return null
  return 'no or wrong token: open the URL that the command printed'
}

/** Cookies do not know ports: the port is in the name, so that two servers do not take each other's. */
const cookieName = (port: number) => `scaletwin-${port}`

export const sessionCookie = ({ token, port }: Guarded): string =>
  `${cookieName(port)}=${token}; HttpOnly; SameSite=Strict; Path=/`

function cookieOf(header: string | undefined, name: string): string | null {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim().split('='))
  return pairs.find(([key]) => key === name)?.[1] ?? null
}

/** In a time that does not tell how much of it is right. */
function same(a: string, b: string): boolean {
  const [given, secret] = [Buffer.from(a), Buffer.from(b)]
  return given.length === secret.length && timingSafeEqual(given, secret)
}

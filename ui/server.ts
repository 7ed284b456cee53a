import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { messageOf, UserError } from '../base/errors.ts'
import { secretToken } from '../base/random.ts'
import { refusal, sessionCookie } from './guard.ts'

const LOOPBACK = '127.0.0.1'

/** Answers one request to one path. */
export type Route = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

export interface UiOptions {
  /** `GET /` and the like. Anything else is 404. */
  routes: Readonly<Record<string, Route>>
  /** 0 takes a free one. */
  port: number
  /** Whether only who has the URL may use it: for pages that show or change what is running. */
  secret: boolean
}

export interface UiServer {
  /** What to open in a browser; with the token where there is one. */
  url: string
  /** Ends every connection, server-sent events too. */
  close(): Promise<void>
}

/**
 * Serves pages to a browser on this machine: bound to 127.0.0.1, refuses any other Host (DNS rebinding), and requests that change
 * something from any other Origin; `guard.ts` has the rules.
 * @throws UserError (exit code 3) where the port is taken.
 */
export async function serveUi({ routes, port, secret }: UiOptions): Promise<UiServer> {
  const token = secret ? secretToken() : null
  const server = createServer((request, response) => {
    const { port: own } = server.address() as AddressInfo
    void answer(request, response, { routes, token, port: own })
  })
  await listening(server, port)
  const { port: own } = server.address() as AddressInfo
  return {
    url: `http://${LOOPBACK}:${own}/${token === null ? '' : `?token=${token}`}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Serving {
  routes: UiOptions['routes']
  token: string | null
  port: number
}

const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  // The URL may have the token in it.
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; worker-src 'self' blob:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

async function answer(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
  const url = URL.parse(request.url ?? '/', `http://${LOOPBACK}`)
  if (url === null) return text(response, 400, 'no URL')
  const why = refusal(request, url, serving)
  if (why !== null) return text(response, 403, why)
  if (serving.token !== null && url.searchParams.get('token') === serving.token) {
    response.writeHead(303, { Location: url.pathname, 'Set-Cookie': sessionCookie(serving) }).end()
    return
  }
  const route = serving.routes[`${request.method} ${url.pathname}`]
  if (!route) return text(response, 404, `nothing here: ${request.method} ${url.pathname}`)
  try {
    await route(request, response)
  } catch (error) {
    if (!response.headersSent) return text(response, 500, messageOf(error))
    response.end()
  }
}

/** Sends a whole body of one content type. */
export function send(response: ServerResponse, type: string, body: string | Uint8Array): void {
  response.writeHead(200, { 'Content-Type': type }).end(body)
}

function text(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${message}\n`)
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE'
      reject(
        taken
          ? new UserError(`port ${port} on ${LOOPBACK} is taken. Choose another one with --ui-port`, {
              exitCode: 3,
            })
          : error,
      )
    })
    server.listen(port, LOOPBACK, () => resolve())
  })
}

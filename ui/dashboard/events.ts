import type { ServerResponse } from 'node:http'
import { every, sleep } from '../../base/clock.ts'
import type { Route } from '../server.ts'
import type { Feed } from './feed.ts'

/** A comment so often shows both ends that the connection lives. */
const HEARTBEAT_MS = 10_000
/** A page that takes this much later than it is told is cut off; it comes again and gets what it missed. */
const MOST_WAITING_BYTES = 8 << 20
/** The browser waits so long before it connects again. */
const RETRY_MS = 1000
/** For the last event to leave, when the server closes. */
const GRACE_MS = 500

export interface EventStreams {
  /** `GET /events`: the run so far, then what comes (text/event-stream, WHATWG HTML, section 9.2). */
  route: Route
  /** Ends all of them after what they were told. */
  close(): Promise<void>
}

export function eventStreams(feed: Feed): EventStreams {
  const open = new Set<ServerResponse>()
  const stopBeating = every(HEARTBEAT_MS, () => {
    for (const response of open) response.write(': alive\n\n')
  })
  return {
    route(request, response) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' })
      response.write(`retry: ${RETRY_MS}\n\n`)
      open.add(response)
      const lastId = Number(request.headers['last-event-id'] ?? Number.NaN)
      const leave = feed.follow(lastId, ({ text }) => {
        response.write(text)
        if (response.writableLength > MOST_WAITING_BYTES) response.destroy()
      })
      response.once('close', () => {
        leave()
        open.delete(response)
      })
    },
    async close() {
      stopBeating()
      const ended = [...open].map((response) => new Promise((resolve) => response.end(resolve)))
      const left = new AbortController()
      await Promise.race([Promise.all(ended), sleep(GRACE_MS, left.signal)])
      left.abort()
    },
  }
}

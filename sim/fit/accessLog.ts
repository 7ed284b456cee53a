/** What a request's line in a HAProxy log says. Times in ms. */
export interface AccessLine {
  server: string | null
  status: number
  /** Tw: wait in the proxy's queue; null where it did not get that far. */
  queueMs: number | null
  /**
   * Ta - TR - Tw: connecting, response and transfer, so the time that the server was held; null where no server answered, or the line
   * was written before the end (`option logasap`).
   */
  heldMs: number | null
  /** Requests at the server, this one with them, when it ended; null where the format has none. */
  atServer: number | null
}

/**
 * `option httplog` (HAProxy's configuration manual, 8.2.3):
 *
 *     10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/1.1"
 *
 * with whatever a syslog daemon writes before it. Timers TR/Tw/Tc/Tr/Ta, -1 where not reached; connections
 * actconn/feconn/beconn/srv_conn/retries.
 */
const HTTPLOG =
  /(?:^|\s)\S+:\d+ \[\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2}\.\d{3}\] \S+ [^\s/]+\/(\S+) (-?\d+)\/(-?\d+)\/(-?\d+)\/(-?\d+)\/(\+?-?\d+) (-1|\d{3}) \+?\d+ \S+ \S+ \S{4} \d+\/\d+\/\d+\/(\d+)\/\+?\d+ /

/** The lines of live runs (live/proxy/haproxyLog.ts): status, server, Tw, Tc, Tr, Ta, tab-separated behind the word `request`. */
const LIVE = /(?:^|\s)request\t(-1|\d{3})\t(\S+)\t(-1|\d+)\t(-1|\d+)\t(-1|\d+)\t(\d+)\t/

const NO_SERVER = '<NOSRV>'

/** One line of the log; null where it is not a request's in either format. */
export function parseAccessLine(line: string): AccessLine | null {
  const http = HTTPLOG.exec(line)
  if (http) {
    const [, server, received, queue, connect, response, active, status, atServer] =
      http as unknown as string[]
    const timers = {
      receivedMs: Number(received),
      queueMs: Number(queue),
      connectMs: Number(connect),
      responseMs: Number(response),
      activeMs: active!.startsWith('+') ? Number.NaN : Number(active),
    }
    return {
      ...seen(server!, Number(status), timers),
      atServer: server === NO_SERVER ? null : Number(atServer),
    }
  }
  const live = LIVE.exec(line)
  if (!live) return null
  const [, status, server, queue, connect, response, active] = live as unknown as string[]
  const timers = {
    receivedMs: 0,
    queueMs: Number(queue),
    connectMs: Number(connect),
    responseMs: Number(response),
    activeMs: Number(active),
  }
  return { ...seen(server!, Number(status), timers), atServer: null }
}

function seen(
  server: string,
  status: number,
  timers: { receivedMs: number; queueMs: number; connectMs: number; responseMs: number; activeMs: number },
): Pick<AccessLine, 'server' | 'status' | 'queueMs' | 'heldMs'> {
  const { receivedMs, queueMs, connectMs, responseMs, activeMs } = timers
  const served = server !== NO_SERVER && status > 0 && queueMs >= 0 && connectMs >= 0 && responseMs >= 0
  const heldMs = served ? activeMs - Math.max(0, receivedMs) - queueMs : Number.NaN
  return {
    server: server === NO_SERVER ? null : server,
    status: Math.max(0, status),
    queueMs: queueMs >= 0 ? queueMs : null,
    heldMs: heldMs >= 0 ? heldMs : null,
  }
}

import {
  closeSync,
  constants,
  type FSWatcher,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  watch,
} from 'node:fs'
import { every } from '../../base/clock.ts'
import type { ProxyLogEntry } from '../../control/signals.ts'

/**
 * The fields of a request's line, in order, tab-separated (configuration manual 8.2.4, 8.4, 8.5). The first
 * is a mark: HAProxy also writes remarks of its own here ("Proxy http stopped ..."). The id is last, because
 * the client chooses it: whatever is in it, the numbers before it stay readable.
 */
export const LOG_FORMAT = [
  'request',
  '%ST',
  '%s',
  '%Tw',
  '%Tc',
  '%Tr',
  '%Ta',
  '%ts',
  '%[capture.req.hdr(0)]',
].join('\\t')

/** `s`: an id may have what JavaScript takes for the end of a line, U+2028. */
const REQUEST_LINE = /^request\t(-1|\d{3})\t(\S+)\t(-?\d+)\t(-?\d+)\t(-?\d+)\t(\d+)\t([A-Za-z-]{2,4})\t(.+)$/s

/** HAProxy writes `<NOSRV>` where no server was chosen, and `-` for a header that the request had not. */
const NO_SERVER = '<NOSRV>'
const NO_HEADER = '-'

/** One line of the log; null where it is not a request's. */
export function parseLogLine(line: string, endedMs: number): ProxyLogEntry | null {
  const match = REQUEST_LINE.exec(line)
  if (!match) return null
  const [, status, server, queueMs, connectMs, responseMs, totalMs, , id] = match as unknown as string[]
  return {
    endedMs,
    id: id === NO_HEADER ? '' : id!,
    server: server === NO_SERVER ? '' : server!,
    status: Math.max(0, Number(status)),
    queueMs: timer(queueMs!),
    connectMs: timer(connectMs!),
    responseMs: timer(responseMs!),
    totalMs: Number(totalMs),
  }
}

/** -1 where it did not come so far; HAProxy 2.6 writes the time of a connection that failed as the wait before it, negative. */
const timer = (text: string) => Math.max(-1, Number(text))

export interface LogFollower {
  /** Requests read. */
  readonly lines: number
  /** Lines that looked like a request's and could not be read. */
  readonly malformed: number
  /** HAProxy's remarks about itself. */
  readonly remarks: number
  /** Reads what is there now: call it before the last look at the entries. */
  readNow(): void
  /**
   * Reads what is there and empties the file: for a HAProxy that is about to be started again, which writes from the beginning
   * of the file. (It sets its output's flags to O_NONBLOCK alone, which takes the shell's O_APPEND away: log.c.)
   */
  startOver(): void
  close(): void
}

/** inotify may be absent (a folder shared with a virtual machine): then lines are this late at most. */
const POLL_MS = 100

/**
 * Follows the file to which HAProxy appends its log, from its present end.
 *
 * Why a file: HAProxy's other ways lose lines. A `ring` (configuration manual 3.9) drops all that a worker
 * has yet to say when it is replaced in a reload (sink.c: "if stopping was requested, close immediately");
 * UDP drops when a buffer is full; Node cannot listen on a unix datagram socket. An append to a file is
 * whole, survives a reload (two workers append side by side) and a controller that was restarted.
 */
export function followLog(options: {
  path: string
  now: () => number
  onEntry: (entry: ProxyLogEntry) => void
}): LogFollower {
  // No link is followed: HAProxy's container may write to the folder, and the mode below is given to what is opened.
  const file = openSync(options.path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW)
  // HAProxy appends as the container's own user; the run's folder keeps everybody else out.
  fchmodSync(file, 0o666)
  const counts = { lines: 0, malformed: 0, remarks: 0 }
  const split = lineSplitter((line) => {
    const entry = parseLogLine(line, options.now())
    if (entry) {
      counts.lines++
      options.onEntry(entry)
    } else if (line.startsWith('request\t')) counts.malformed++
    else counts.remarks++
  })
  const read = fileReader(file, split)
  const watcher = watchIfPossible(options.path, read)
  const stopPolling = every(POLL_MS, read)
  let open = true
  return {
    get lines() {
      return counts.lines
    },
    get malformed() {
      return counts.malformed
    },
    get remarks() {
      return counts.remarks
    },
    readNow: () => {
      if (open) read()
    },
    startOver: () => {
      if (!open) return
      read()
      ftruncateSync(file)
      read()
    },
    close() {
      if (!open) return
      open = false
      stopPolling()
      watcher?.close()
      closeSync(file)
    },
  }
}

/** Null where the machine has no inotify to spare; the polling remains. */
function watchIfPossible(path: string, onChange: () => void): FSWatcher | null {
  try {
    return watch(path, { persistent: false }, onChange).on('error', () => {})
  } catch {
    return null
  }
}

/**
 * Reads what was appended since the last call. Synchronous: a few kB from the page cache cost some 10 µs,
 * a turn through the thread pool more, and the arrival time of a line is a measurement.
 */
function fileReader(file: number, onBytes: (bytes: Buffer) => void): () => void {
  const buffer = Buffer.allocUnsafe(64 * 1024)
  let offset = fstatSync(file).size
  return () => {
    if (fstatSync(file).size < offset) offset = 0
    for (;;) {
      const count = readSync(file, buffer, 0, buffer.length, offset)
      if (count === 0) return
      offset += count
      onBytes(buffer.subarray(0, count))
    }
  }
}

/** Cuts a stream of bytes into lines, at LF or CRLF; keeps the beginning of an unfinished one. Empty lines are dropped. */
export function lineSplitter(onLine: (line: string) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (bytes) => {
    const text = rest.length ? Buffer.concat([rest, bytes]) : bytes
    let start = 0
    for (let end = text.indexOf(10, start); end >= 0; end = text.indexOf(10, start)) {
      const last = end > start && text[end - 1] === 13 ? end - 1 : end
      if (last > start) onLine(text.toString('utf8', start, last))
      start = end + 1
    }
    rest = Buffer.from(text.subarray(start))
  }
}

import type { ProxyCounters } from '../../control/signals.ts'
import { BACKEND, FRONTEND } from './haproxyConfig.ts'

/** A server as HAProxy sees it. `down` includes one whose first check has not passed yet. */
export interface ServerRow {
  name: string
  status: ProxyCounters['servers'][number]['status']
  /** Requests at it now. */
  inFlight: number
  /** Requests that wait for it in particular (the backend's queue is where most wait). */
  queued: number
  /** Result of the last check: INI, L4CON, L4TOUT, L7OK, L7STS, ... */
  check: string
}

/** The answer of `show stat` (management guide 9.1), rows by proxy and name. */
type Row = (column: string) => string

/** What the controller reads each tick. */
export function parseCounters(csv: string): ProxyCounters {
  const rows = parseRows(csv)
  const frontend = rows.find((row) => isRow(row, FRONTEND, 'FRONTEND'))
  const backend = rows.find((row) => isRow(row, BACKEND, 'BACKEND'))
  if (!frontend || !backend)
    throw unreadable(`no row ${frontend ? `${BACKEND},BACKEND` : `${FRONTEND},FRONTEND`}`)
  const servers = serversOf(rows)
  return {
    requestsTotal: count(frontend, 'req_tot'),
    queued: count(backend, 'qcur') + sum(servers.map((server) => server.queued)),
    inFlight: sum(servers.map((server) => server.inFlight)),
    servers: servers.map(({ name, inFlight, status }) => ({ name, inFlight, status })),
  }
}

/** The servers alone, with what a person wants to know of each. */
export function parseServers(csv: string): ServerRow[] {
  return serversOf(parseRows(csv))
}

/** What `show info` says of the process (management guide 9.3). */
export interface ProxyInfo {
  version: string
  pid: number
  /** Log lines that could not be written. Not 0: requests are missing in the log. */
  droppedLogs: number
}

export function parseInfo(text: string): ProxyInfo {
  const value = (name: string) => {
    const match = new RegExp(`^${name}: (.*)$`, 'm').exec(text)
    if (!match) throw new Error(`HAProxy's "show info" has no ${name}: ${text.slice(0, 200)}`)
    return match[1]!
  }
  return { version: value('Version'), pid: Number(value('Pid')), droppedLogs: Number(value('DroppedLogs')) }
}

function serversOf(rows: Row[]): ServerRow[] {
  return rows
    .filter((row) => row('pxname') === BACKEND && row('svname') !== 'BACKEND')
    .map((row) => ({
      name: row('svname'),
      status: serverStatus(row('status')),
      inFlight: count(row, 'scur'),
      queued: count(row, 'qcur'),
      check: row('check_status').replace(/^\* /, ''),
    }))
}

/**
 * HAProxy's words: "UP", "UP 2/3" (failing, still used), "DOWN", "DOWN 1/2" (recovering, not used), "NOLB"
 * (no new requests), "DRAIN", "MAINT", "MAINT (via a/b)", "no check" (used): stats.c, srv_hlt_st.
 */
function serverStatus(text: string): ServerRow['status'] {
  const word = text.split(/[ (]/)[0]
  switch (word) {
    case 'UP':
    case 'no':
      return 'up'
    case 'DOWN':
      return 'down'
    case 'DRAIN':
    case 'NOLB':
      return 'drain'
    case 'MAINT':
      return 'maint'
  }
  throw unreadable(`status is ${JSON.stringify(text)}, expected UP, DOWN, DRAIN, NOLB, MAINT or no check`)
}

function parseRows(csv: string): Row[] {
  const [header, ...lines] = csv.split('\n').filter((line) => line.trim() !== '')
  if (!header?.startsWith('# '))
    throw unreadable(`no header, but ${JSON.stringify((header ?? '').slice(0, 80))}`)
  const position = new Map(
    header
      .slice(2)
      .split(',')
      .map((name, index) => [name.trim(), index]),
  )
  return lines.map((line) => {
    const cells = splitCsv(line)
    return (column) => {
      const index = position.get(column)
      if (index === undefined) throw unreadable(`no column ${column}`)
      return cells[index] ?? ''
    }
  })
}

/** Cells of a CSV line; a quoted one may hold commas and doubled quotes (RFC 4180), as `last_chk` does. */
function splitCsv(line: string): string[] {
  const cells = line.match(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g) ?? []
  return cells.map((cell) => {
    const text = cell.replace(/,$/, '')
    return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text
  })
}

function isRow(row: Row, proxy: string, name: string): boolean {
  return row('pxname') === proxy && row('svname') === name
}

function count(row: Row, column: string): number {
  const text = row(column)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw unreadable(
      `${column} of ${row('pxname')}/${row('svname')} is ${JSON.stringify(text)}, expected a count`,
    )
  }
  return Number(text)
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function unreadable(what: string): Error {
  return new Error(`HAProxy's "show stat" cannot be read: ${what}. HAProxy 2.2 or newer is needed`)
}

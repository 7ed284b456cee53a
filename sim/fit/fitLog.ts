import { mean } from 'simple-statistics'
import { UserError } from '../../base/errors.ts'
import { eachLine } from '../../base/readLines.ts'
import { REQUEST_CLASSES } from '../../traces/trace.ts'
import { MODEL_SCHEMA, type Model } from '../model.ts'
import { parseAccessLine } from './accessLog.ts'
import { chooseDistribution } from './choose.ts'
import type { FitResult } from './fit.ts'

/** What a HAProxy log says of a service in all. */
export interface AccessLog {
  /** Of a request each. */
  lines: number
  /** Lines that are no request's in a format that is known, and the first of them. */
  unreadable: number
  firstUnreadable: { line: number; text: string } | null
  /** By name, with the number of requests of each. */
  servers: Map<string, number>
  /** Requests answered with 5xx or not at all, and with 429. */
  errors: number
  rejections: number
  /** Of the requests that reached a server, ms. */
  queueMs: number[]
  /** How long each well answered request held its server, ms, in order of the log. */
  heldMs: number[]
  /** Requests that shared their server with another one when they ended. */
  shared: number
}

/** @throws UserError where the file cannot be read, or no line of it is a request's. */
export function readAccessLog(path: string): AccessLog {
  const log: AccessLog = {
    lines: 0,
    unreadable: 0,
    firstUnreadable: null,
    servers: new Map(),
    errors: 0,
    rejections: 0,
    queueMs: [],
    heldMs: [],
    shared: 0,
  }
  eachLine(path, (text, number) => addLine(log, text, number), { place: `--from ${path}` })
  const first = log.firstUnreadable
  if (log.heldMs.length === 0) {
    const why =
      log.lines > 0
        ? `none of its ${log.lines} requests was answered well by a server`
        : first
          ? `no line is a request's in the format of "option httplog"; line ${first.line} is ${JSON.stringify(first.text)}`
          : 'it is empty'
    throw new UserError(
      `--from ${path} tells no service time: ${why}. Expected lines such as: 10.0.1.2:33317 [06/Feb/2026:12:14:14.655] http-in web/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/1.1"`,
    )
  }
  return log
}

const SHOWN = 120

function addLine(log: AccessLog, text: string, number: number): void {
  if (text.trim() === '') return
  const line = parseAccessLine(text)
  if (!line) {
    log.unreadable++
    log.firstUnreadable ??= { line: number, text: text.slice(0, SHOWN) }
    return
  }
  log.lines++
  const { server, status, queueMs, heldMs, atServer } = line
  if (server !== null) log.servers.set(server, (log.servers.get(server) ?? 0) + 1)
  if (status === 429) log.rejections++
  else if (status === 0 || status >= 500) log.errors++
  if (server !== null && queueMs !== null) log.queueMs.push(queueMs)
  if (heldMs === null || status < 200 || status >= 400) return
  log.heldMs.push(heldMs)
  if (atServer !== null && atServer > 1) log.shared++
}

/** A distribution gets no better from more values, and a bootstrap takes as long as there are values. */
const MOST_VALUES = 20_000
/** Fewer requests that shared their server are no reason for a remark. */
const SHARED_SHARE = 0.02

/**
 * The model that a log of one's own gives: a request's time at its server as one distribution, the same for every class of
 * the traces, and all of it as blocking, since a log does not tell sleeping from work. The rest is the base model's.
 */
export function fitLog(
  log: AccessLog,
  { base, name, path }: { base: Model; name: string; path: string },
): FitResult {
  const step = Math.ceil(log.heldMs.length / MOST_VALUES)
  const sample = log.heldMs.filter((_, i) => i % step === 0)
  const { fitted, heldOut } = chooseDistribution(sample, [path])
  const nothing = { distribution: { family: 'deterministic', value: 0 } as const }
  const own = { blockingMs: fitted, cpuMs: nothing, overheadMs: nothing }
  const { cpuShare: _, engineJobs: __, ...startup } = base.startup
  const model: Model = {
    schema: MODEL_SCHEMA,
    name,
    description: `time at the server from ${log.heldMs.length} requests of a HAProxy log; the rest is that of ${base.name}`,
    classes: Object.fromEntries(REQUEST_CLASSES.map((className) => [className, own])),
    transitMs: base.transitMs,
    startup,
    stopMs: base.stopMs,
    monitoring: base.monitoring,
    host: null,
  }
  return {
    model,
    remarks: remarksOn(log, { base, used: sample.length }),
    identified: [
      {
        quantity: 'classes.*.blockingMs',
        from: 'Ta - TR - Tw of the log',
        samples: sample.length,
        missing: null,
      },
      ...['cpuMs', 'overheadMs'].map((part) => ({
        quantity: `classes.*.${part}`,
        from: null,
        samples: 0,
        missing: 'a log does not tell it from blocking; live calibrate saturation',
      })),
      {
        quantity: 'transitMs, startup, stopMs, monitoring',
        from: `the model ${base.name}`,
        samples: 0,
        missing: 'no log tells it; live calibrate startup',
      },
      {
        quantity: 'container, cpu',
        from: null,
        samples: 0,
        missing: 'no log tells it: one thread a server, a core each; live calibrate saturation',
      },
    ],
    diagnostics: heldOut ? [{ label: 'time at the server', ...heldOut }] : [],
  }
}

function remarksOn(log: AccessLog, { base, used }: { base: Model; used: number }): string[] {
  const { lines, unreadable, firstUnreadable: first, heldMs, shared } = log
  return [
    ...(first
      ? [
          `${unreadable} of ${lines + unreadable} lines are no request's; the first is line ${first.line}: ${first.text}`,
        ]
      : []),
    ...(used < heldMs.length ? [`fitted to ${used} of ${heldMs.length} requests, evenly over the log`] : []),
    ...(shared > SHARED_SHARE * heldMs.length
      ? [
          `${((100 * shared) / heldMs.length).toFixed(0)} % of the requests shared their server with another one: their time holds the wait for it, so the model is too slow. A log of a quiet hour, or one with maxconn 1, would tell`,
        ]
      : []),
    'blocking and CPU cannot be told apart in a log: all of the time is taken as blocking, so the model does not know contention for cores',
    `every class of the traces (${REQUEST_CLASSES.join(', ')}) has the same time: a log does not know the classes`,
    `start-up, stopping, transit and monitoring are those of the model ${base.name}; your own with live calibrate, or --model FILE`,
  ]
}

/** For a person: what the log says in all. */
export function logLines({ lines, servers, errors, rejections, queueMs }: AccessLog): string[] {
  const share = (count: number) => `${((100 * count) / lines).toFixed(1)} %`
  const queued = queueMs.filter((ms) => ms > 0)
  return [
    `${lines} requests, ${servers.size === 1 ? '1 server' : `${servers.size} servers`} (${[...servers.keys()].slice(0, 8).join(', ')}${servers.size > 8 ? ', ...' : ''})`,
    `errors ${share(errors)}, rejected ${share(rejections)}; waited in the proxy's queue ${share(queued.length)}, ${queueMs.length > 0 ? mean(queueMs).toFixed(1) : '0'} ms on average over all`,
  ]
}

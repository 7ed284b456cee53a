import { join } from 'node:path'
import type { Command } from 'commander'
import { METRICS } from '../analysis/metrics.ts'
import { DEFAULT_SLA, parseSla } from '../analysis/sla.ts'
import { UserError } from '../base/errors.ts'
import { recordLoad } from '../live/load.ts'
import { parseRequest } from '../live/ownApp.ts'
import { standingTestbeds, withPodman } from '../live/standing.ts'
import { assertOpenLoop } from '../traces/index.ts'
import { refuseInvalid } from './believe.ts'
import { fileName } from './fileName.ts'
import { interruptible } from './interrupt.ts'
import { SPIN_HELP } from './liveOptions.ts'
import { latenessLine } from './liveRun.ts'
import { judged } from './measureLive.ts'
import { formatMetric, labelOf, prepareOutput, table } from './output.ts'
import { print, printJson, remark } from './program.ts'
import {
  addTraceOptions,
  DEFAULT_SERVICE_FLAGS,
  planService,
  planTrace,
  type TraceFlags,
} from './runOptions.ts'

interface Flags extends TraceFlags {
  url?: string
  ownTarget?: boolean
  request?: string
  clientTimeout: string
  sla: string
  out?: string
  spin?: boolean
  force?: boolean
  json?: boolean
}

/** live load: a trace against a service that is already there. */
export function liveLoad(program: Command): void {
  addTraceOptions(program.command('load'))
    .description('send a trace to a service that is already there, and record what the client saw')
    .option('--url <url>', 'the service; what live up left standing otherwise')
    .option('--own-target', 'the target is not on this machine, and it is your own')
    .option('--request <text>', "what each request is, for a service that is no object store: 'GET /'")
    .option('--client-timeout <duration>', 'when a client gives up', DEFAULT_SERVICE_FLAGS.clientTimeout)
    .option('--spin', SPIN_HELP)
    .option('--sla <text>', 'what is promised', DEFAULT_SLA)
    .option('--out <folder>', 'write the record there')
    .option('--force', 'replace what is in --out')
    .option('--json', 'print one JSON object instead of a table')
    .action((flags: Flags) => interruptible((signal) => load(flags, signal)))
}

async function load(flags: Flags, signal: AbortSignal): Promise<void> {
  const sla = parseSla(flags.sla)
  const trace = await planTrace(flags)
  assertOpenLoop(trace, '--trace')
  const service = planService({ ...DEFAULT_SERVICE_FLAGS, clientTimeout: flags.clientTimeout })
  const url = flags.url ?? (await standingUrl())
  const folder = flags.out ?? join('runs', `load-${fileName(trace.name)}`)
  await prepareOutput(folder, flags.force ?? flags.out === undefined)
  remark(`${trace.name} to ${url}`)
  await recordLoad(
    {
      url,
      ownTarget: flags.ownTarget ?? false,
      trace,
      seed: flags.seed,
      service,
      request: flags.request === undefined ? null : parseRequest(flags.request),
      spin: flags.spin ?? false,
    },
    { folder, signal },
  )
  const { header, metrics } = await judged(folder, { sla })
  if (flags.json) printJson({ folder, verdict: header.verdict, lateness: header.lateness, metrics })
  else {
    const names = METRICS.filter((name) => !name.startsWith('replica') && metrics[name] !== null)
    const rows = names.map((name) => [labelOf(name), formatMetric(name, metrics[name]!)])
    print(`${await table(['', 'measured'], rows)}\n\n${latenessLine([header])}`)
  }
  remark(`record in ${folder}`)
  refuseInvalid([{ folder, header }])
}

async function standingUrl(): Promise<string> {
  const standing = await withPodman(standingTestbeds)
  const urls = standing.flatMap(({ url, inUse }) => (url && !inUse ? [url] : []))
  if (urls.length === 1) return urls[0]!
  const why = urls.length === 0 ? 'no testbed stands' : `${urls.length} testbeds stand: ${urls.join(', ')}`
  throw new UserError(`--url is missing and ${why}. Give --url, or start one with: live up`)
}

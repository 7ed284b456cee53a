import { badInput } from '../base/errors.ts'
import { formatDuration, parseDuration } from '../base/units.ts'

/**
 * What may be broken in a run, on either side, at a time of the run: `KIND[:ARGUMENT]@TIME[+DURATION]`, such as
 * `kill:0@30s`, `hang:1@30s+10s`, `slow:0x4@1m+20s`, `engine-slow@30s+20s`.
 *
 * `takes`: `replica`, which one of the ready replicas, by age, 0 the oldest (the default); `slow` also its factor (default 4).
 * `lasts`: it has a duration, which must be given; the others happen at one moment.
 * `side`: whether the simulator has the part that breaks.
 */
export const FAULTS = {
  kill: { takes: 'replica', lasts: false, side: 'both', says: 'the container of a ready replica is killed' },
  oom: { takes: 'replica', lasts: false, side: 'both', says: 'a ready replica runs out of memory' },
  hang: { takes: 'replica', lasts: true, side: 'both', says: 'all processes of a ready replica stand still' },
  slow: {
    takes: 'replica and factor',
    lasts: true,
    side: 'both',
    says: 'a ready replica gets a share of one core: CPU work takes so many times as long',
  },
  'start-fails': { takes: null, lasts: true, side: 'both', says: 'applications end as soon as they start' },
  'start-hangs': { takes: null, lasts: true, side: 'both', says: 'applications that start never answer' },
  'image-missing': { takes: null, lasts: true, side: 'both', says: 'the image is not there' },
  'proxy-kill': { takes: null, lasts: false, side: 'both', says: 'the proxy is killed and started again' },
  'proxy-reload': { takes: null, lasts: false, side: 'both', says: 'the proxy reloads its configuration' },
  'proxy-socket': {
    takes: null,
    lasts: true,
    side: 'both',
    says: "the proxy's admin socket is gone: it neither tells its counters nor takes changes",
  },
  'log-full': { takes: null, lasts: true, side: 'both', says: 'the proxy can write no line of its log' },
  'engine-kill': {
    takes: null,
    lasts: false,
    side: 'both',
    says: "the container engine's service is killed",
  },
  'engine-slow': { takes: null, lasts: true, side: 'both', says: 'the container engine stands still' },
  'engine-errors': { takes: null, lasts: true, side: 'both', says: 'the container engine answers errors' },
  'metrics-lost': { takes: null, lasts: true, side: 'both', says: "the proxy's counters cannot be read" },
  'metrics-absurd': { takes: null, lasts: true, side: 'both', says: "the proxy's counters are nonsense" },
  'generator-starved': { takes: null, lasts: true, side: 'live', says: 'the load generator gets no CPU' },
} as const satisfies Record<
  string,
  { takes: 'replica' | 'replica and factor' | null; lasts: boolean; side: 'both' | 'live'; says: string }
>

export type FaultKind = keyof typeof FAULTS

export interface Fault {
  kind: FaultKind
  atMs: number
  /** 0 for what happens at one moment. */
  durationMs: number
  /** Which of the ready replicas, oldest first; 0 where the kind takes none. */
  replica: number
  /** How many times as long CPU work takes; 1 for all kinds but `slow`. */
  factor: number
}

/** What became of a fault, a line of the record's faults.ndjson. */
export interface FaultRow {
  atMs: number
  /** As a person wrote it: `kill:0@30s`. */
  fault: string
  /** `impossible`: nothing was broken, and `note` says why ("no replica was ready"). */
  state: 'begun' | 'over' | 'impossible'
  /** What it hit: the replica's name. */
  note?: string
}

const KINDS = Object.keys(FAULTS) as FaultKind[]
const EXPECTED = `KIND[:ARGUMENT]@TIME[+DURATION] such as kill:0@30s or hang:1@30s+10s, KIND one of ${KINDS.join(', ')}`
const MOST_REPLICA = 999
const DEFAULT_FACTOR = 4
const MOST_FACTOR = 1000

/**
 * @param place where the text stands, for the message.
 * @throws UserError that says what is wrong with it.
 */
export function parseFault(text: string, place = '--fault'): Fault {
  const match = /^([a-z-]+)(?::([^@]*))?@([^+]+)(?:\+(.+))?$/.exec(text.trim())
  const kind = KINDS.find((candidate) => candidate === match?.[1])
  if (!match || !kind) throw badInput({ place, value: text, expected: EXPECTED })
  const [, , argument, at, duration] = match
  const { takes, lasts } = FAULTS[kind]
  const fault: Fault = {
    kind,
    atMs: parseDuration(at, `${place} ${text}: the time`),
    durationMs: duration === undefined ? 0 : parseDuration(duration, `${place} ${text}: the duration`),
    replica: 0,
    factor: takes === 'replica and factor' ? DEFAULT_FACTOR : 1,
  }
  if (lasts !== fault.durationMs > 0) {
    const expected = lasts
      ? `a duration longer than 0ms after +, since ${kind} lasts: ${kind}@${at}+10s`
      : `no duration, since ${kind} happens at one moment: ${kind}@${at}`
    throw badInput({ place, value: text, expected })
  }
  return argument === undefined ? fault : { ...fault, ...parseArgument(argument, takes, { text, place }) }
}

function parseArgument(
  argument: string,
  takes: (typeof FAULTS)[FaultKind]['takes'],
  { text, place }: { text: string; place: string },
): Partial<Fault> {
  const wrong = (expected: string) => badInput({ place, value: text, expected })
  if (takes === null) throw wrong('no argument between the kind and @')
  const [replica, factor, ...rest] = argument.split('x')
  if (!/^\d+$/.test(replica!) || Number(replica) > MOST_REPLICA || rest.length > 0)
    throw wrong(`a replica from 0, the oldest that is ready, to ${MOST_REPLICA} after the colon`)
  if (factor === undefined) return { replica: Number(replica) }
  if (takes !== 'replica and factor') throw wrong('no factor: only slow has one')
  const value = /^\d+(\.\d+)?$/.test(factor) ? Number(factor) : Number.NaN
  if (!(value > 1 && value <= MOST_FACTOR))
    throw wrong(`a factor above 1 and at most ${MOST_FACTOR} after the x`)
  return { replica: Number(replica), factor: value }
}

/** As a person writes it; `parseFault` gives the same fault again. Times are to the millisecond. */
export function faultText({ kind, atMs, durationMs, replica, factor }: Fault): string {
  const { takes } = FAULTS[kind]
  const argument = takes === null ? '' : `:${replica}${takes === 'replica and factor' ? `x${factor}` : ''}`
  return `${kind}${argument}@${exactly(atMs)}${durationMs > 0 ? `+${exactly(durationMs)}` : ''}`
}

/** formatDuration rounds for reading; where that loses something, in milliseconds. */
function exactly(ms: number): string {
  const short = formatDuration(ms)
  return /^\d+(\.\d+)?(ms|s|m|h)$/.test(short) && parseDuration(short, '') === ms ? short : `${ms}ms`
}

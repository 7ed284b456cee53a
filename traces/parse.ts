import { z } from 'zod'
import { badInput } from '../base/errors.ts'
import { parseDuration } from '../base/units.ts'
import { oneOf, text } from './expectations.ts'
import { checkedTrace } from './limits.ts'
import { parseBurst } from './parseBurst.ts'
import { LOAD, LOAD_KEYS, parseLoad } from './parseLoad.ts'
import { classesOf, type Load, REQUEST_CLASSES, type Trace } from './trace.ts'

/*
 * The trace as people write it -> the Trace that code uses. zod checks the header, hand-written loops the long
 * lists. In the schemas the error text is the expectation, in the words of `badInput`. This file is
 * imported lazily (traces/read.ts): zod takes as long to load as the rest of a command.
 */

const HEADER_KEYS = ['schema', 'name', 'description', 'process', 'burst', 'mix', 'load', 'duration'] as const
const PROCESSES = ['poisson', 'even', 'mmpp'] as const
const weight = z.number({ error: 'a weight >= 0' }).nonnegative({ error: 'a weight >= 0' })

const TRACE_FILE = z.strictObject(
  {
    schema: z.literal(1, { error: '1, the version of the format that this program reads' }),
    name: text('a name').min(1, { error: 'a name' }),
    description: text('a text').default(''),
    process: z.enum(PROCESSES, { error: oneOf(PROCESSES) }).default('poisson'),
    burst: z.unknown().optional(),
    mix: z.strictObject(
      {
        read: weight.optional(),
        write: weight.optional(),
        list: weight.optional(),
        compress: weight.optional(),
      },
      { error: `an object of weights, of ${REQUEST_CLASSES.join(', ')}` },
    ),
    load: LOAD,
    duration: text('a duration such as 90s').optional(),
  },
  { error: 'a trace: an object with schema, name, mix and load' },
)
type TraceFile = z.infer<typeof TRACE_FILE>

/**
 * Checks a value that was read from JSON and makes the trace of it. Pure.
 * @param place the file, for the error message.
 * @throws UserError with file, place in it, value and expectation.
 */
export function parseTrace(value: unknown, place: string): Trace {
  const checked = TRACE_FILE.safeParse(value)
  if (!checked.success) throw problemOf(checked.error.issues[0]!, value, place)
  const file = checked.data
  const { load, endMs } = parseLoad(file.load, place)
  checkProcess(file.process, load, place)
  const burst = parseBurst(file.burst, { process: file.process, load }, place)
  return checkedTrace(
    {
      name: file.name,
      description: file.description,
      load,
      process: file.process,
      ...(burst && { burst }),
      mix: parseMix(file.mix, place),
      durationMs: parseLength(file.duration, endMs, place),
    },
    place,
  )
}

function checkProcess(process: Trace['process'], load: Load, place: string): void {
  if (load.kind !== 'users' || process === 'poisson') return
  throw badInput({
    place: `${place}: process`,
    value: process,
    expected: 'to be left out: users come when they have thought, not by an arrival process',
  })
}

function parseMix(mix: TraceFile['mix'], place: string): Trace['mix'] {
  const positive = classesOf(mix)
  if (positive.length === 0) {
    throw badInput({ place: `${place}: mix`, value: mix, expected: 'at least one weight above 0' })
  }
  return Object.fromEntries(positive.map((name) => [name, mix[name]!]))
}

/** The duration as written, or where the load ends by itself. */
function parseLength(duration: string | undefined, endMs: number, place: string): number {
  if (duration === undefined) return endMs
  const durationMs = parseDuration(duration, `${place}: duration`)
  if (durationMs < endMs) {
    throw badInput({
      place: `${place}: duration`,
      value: duration,
      expected: `at least ${endMs}ms, where the load ends`,
      remedy: 'Leave out the duration and cut the trace with --slice',
    })
  }
  return durationMs
}

/** zod's first complaint as file, place, value and expectation. */
function problemOf(issue: z.core.$ZodIssue, root: unknown, place: string) {
  const at = issue.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)?.[key], root)
  const where = issue.path.join('.')
  if (issue.code !== 'unrecognized_keys') {
    return badInput({ place: where ? `${place}: ${where}` : place, value: at, expected: issue.message })
  }
  return badInput({
    place: `${place}: key in ${where || 'the trace'}`,
    value: issue.keys[0],
    expected: oneOf(knownKeys(where, at)),
  })
}

function knownKeys(where: string, value: unknown): readonly string[] {
  if (where === 'mix') return REQUEST_CLASSES
  return where === 'load' ? LOAD_KEYS[(value as Load).kind] : HEADER_KEYS
}

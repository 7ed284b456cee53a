/**
 * The errors that a person can mend. Everything else that is thrown is a bug.
 * `exitCode` is what the process ends with: 2 wrong usage or a bad input file, 3 the environment lacks
 * something, 4 the run was made but is not valid.
 */
export class UserError extends Error {
  readonly exitCode: 2 | 3 | 4
  constructor(message: string, options: { exitCode?: 2 | 3 | 4; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'UserError'
    this.exitCode = options.exitCode ?? 2
  }
}

/**
 * A bad value in a file or a flag, said as: where, what, what was expected, how to mend it.
 * @example badInput({ place: 'traces/x.json: load.points[2].at', value: '5x', expected: 'a duration such as 30s' })
 */
export function badInput(problem: {
  place: string
  value: unknown
  expected: string
  remedy?: string
  cause?: unknown
}): UserError {
  const value = textOf(problem.value)
  const shown = value.length > 80 ? `${value.slice(0, 77)}...` : value
  const remedy = problem.remedy ? `. ${problem.remedy}` : ''
  return new UserError(`${problem.place} is ${shown}, expected ${problem.expected}${remedy}`, {
    cause: problem.cause,
  })
}

/** As JSON where it has one: a list can be nested deeper than JSON.stringify goes, or hold itself. */
function textOf(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return Array.isArray(value) ? `a list of ${value.length}` : 'an object'
  }
}

/** The machine lacks something: what, and the command that mends it. Exit code 3. */
export function environmentLacks(what: string, remedy: string, cause?: unknown): UserError {
  return new UserError(`${what}. To mend it: ${remedy}`, { exitCode: 3, cause })
}

/** The text of anything thrown, in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

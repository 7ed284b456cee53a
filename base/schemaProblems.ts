import type { core } from 'zod'
import { UserError } from './errors.ts'

const MOST_PROBLEMS = 10

/**
 * What a schema of zod does not like, a line each: file, place, value, expectation.
 * @param value what was checked. @param file for messages.
 */
export function schemaProblems(
  issues: readonly core.$ZodIssue[],
  { value, file }: { value: unknown; file: string },
): UserError {
  const problems = issues.flatMap((issue) => problemsOf(issue, value))
  const lines = problems.slice(0, MOST_PROBLEMS).map(({ path, expected }) => {
    const place = path.length > 0 ? `${file}: ${placeOf(path)}` : file
    return `${place} is ${shown(at(value, path))}, expected ${expected}`
  })
  const more = problems.length - lines.length
  return new UserError([...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'))
}

interface Problem {
  path: readonly PropertyKey[]
  expected: string
}

function problemsOf(issue: core.$ZodIssue, value: unknown): Problem[] {
  const { path } = issue
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], expected: 'no key of this name' }))
  return [{ path, expected: expectedBy(issue, at(value, path)) }]
}

const NOUNS: Partial<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a text',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

/** What the schema wants, in words. Its own texts (`error`) are expectations already. */
function expectedBy(issue: core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'number' && typeof value === 'number') return 'a finite number'
      return NOUNS[issue.expected] ?? issue.message
    case 'too_small':
      return `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${unitOf(issue.origin)}`
    case 'too_big':
      return `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${unitOf(issue.origin)}`
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((one) => JSON.stringify(one)).join(', ')}`
    case 'invalid_union':
      if (issue.errors.length === 0) return issue.message
      return issue.errors.map(([first]) => (first ? expectedBy(first, value) : '')).join(' or ')
    default:
      return issue.message
  }
}

const unitOf = (origin: string) =>
  origin === 'array' ? ' entries' : origin === 'string' ? ' characters' : ''

/** `classes.read.cpuMs.distribution.parts[0].weight` */
function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => {
      if (typeof key === 'number') return `[${key}]`
      const name = String(key)
      if (!/^[\w-]+$/.test(name)) return `[${cut(JSON.stringify(name))}]`
      return i > 0 ? `.${cut(name)}` : cut(name)
    })
    .join('')
}

/** The value at a path, undefined where there is none. */
function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inside, key) => {
    const isThere = typeof inside === 'object' && inside !== null && Object.hasOwn(inside, key)
    return isThere ? (inside as Record<PropertyKey, unknown>)[key] : undefined
  }, value)
}

/** Not `JSON.stringify` of everything: a list can be long, and nested deeper than it can go. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return cut(typeof value === 'string' ? JSON.stringify(value) : String(value))
}

const cut = (text: string) => (text.length > 80 ? `${text.slice(0, 77)}...` : text)

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { messageOfParsing } from './messageOfParsing.case.ts'

type Path = readonly (string | number)[]
interface Mutation {
  path: Path
  slip: unknown
}
const REMOVED = Symbol('removed')
const EXTRA = Symbol('an extra key')
const SLIPS = [
  null,
  Number.NaN,
  -1,
  0,
  1e6,
  1e300,
  '',
  '5ms',
  true,
  [],
  {},
  { family: 'zipf' },
  REMOVED,
  EXTRA,
]

const constant = { distribution: { family: 'deterministic', value: 1 } }
const exponential = { weight: 1, distribution: { family: 'exponential', mean: 3 } }
const branches = [0.1, 0.9].map((probability) => ({ probability, mean: 10 }))
/** The shipped model with everything that it lacks, so that this is mutated as well. */
const BASE: Record<string, unknown> = {
  ...JSON.parse(readFileSync(join(import.meta.dirname, 'models/reference.json'), 'utf8')),
  container: {
    workers: 4,
    backlog: 2048,
    rateLimit: { kind: 'moving-window', limit: 100, windowMs: 60_000 },
    rejectMs: constant,
    checkMs: { distribution: { family: 'hyperexponential', branches } },
  },
  cpu: { cores: 1.5, quota: 0.5, othersCores: 0.25, othersMsPerRequest: 0.3 },
  calibrated: { arrivalsPerS: 24.2, replicas: 3, concurrentStarts: 2 },
  crashMs: { estimate: 1e6, lo: null, hi: null },
  transitMs: { distribution: { family: 'mixture', parts: [exponential, exponential] } },
}
const PATHS = pathsOf(BASE, [])
/** Numbers that may be nothing else. Not the host's remarks, which may be texts. */
const NUMBER_PATHS = PATHS.filter((path) => typeof at(BASE, path) === 'number' && path[0] !== 'host')

/** A failure prints the seed and the smallest example. */
describe('whatever is in the file, it is a model or a UserError that names the place', () => {
  const check = async (value: unknown) => {
    const message = await messageOfParsing(value)
    if (message === '') return
    for (const line of message.split('\n'))
      expect(line).toMatch(/^m\.json(: \S.*)? is .+, expected .+|^and \d+ more$/s)
  }

  it('any JSON', () => fc.assert(fc.asyncProperty(fc.jsonValue({ maxDepth: 6 }), check), { numRuns: 500 }))

  it('any JSON in the place of any part of a model', () =>
    fc.assert(
      fc.asyncProperty(mutations(fc.jsonValue({ maxDepth: 3 })), (changes) => check(mutated(changes))),
      { numRuns: 300 },
    ))

  it.each([
    ['a list of a million', Array(1e6).fill('x')],
    ['a table of 200,000', Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`k${i}`, true]))],
    ['a hundred thousand lists inside one another', JSON.parse('['.repeat(1e5) + ']'.repeat(1e5))],
  ])('%s in the place of every kind of list and object', async (_name, slip) => {
    for (const path of CONTAINERS) await check(mutated([{ path: path.split('.'), slip }]))
  })

  it('typical slips anywhere in a model', () =>
    fc.assert(
      fc.asyncProperty(mutations(fc.constantFrom(...SLIPS)), (changes) => check(mutated(changes))),
      { numRuns: 300 },
    ))

  it('a slip that cannot be right is found, and its place is in the message', async () => {
    const anyNumber = fc.nat(NUMBER_PATHS.length - 1).map((i) => NUMBER_PATHS[i]!)
    const wrong = fc.constantFrom(Number.NaN, 'x', true, [], {})
    const found = fc.asyncProperty(anyNumber, wrong, async (path, slip) => {
      expect(await messageOfParsing(mutated([{ path, slip }]))).toContain(placeOf(path))
    })
    await fc.assert(found, { numRuns: 300 })
  })
})

const CONTAINERS = [
  'classes',
  'host',
  'stopMs.distribution',
  'stopMs.distribution.quantiles',
  'stopMs.evidence.parameters',
  'stopMs.evidence.families',
  'stopMs.evidence.runs',
  'transitMs.distribution.parts',
  'container.checkMs.distribution.branches',
  'container.rateLimit',
  'calibrated',
]

function mutations(slip: fc.Arbitrary<unknown>): fc.Arbitrary<Mutation[]> {
  const one = fc.record({ path: fc.nat(PATHS.length - 1).map((i) => PATHS[i]!), slip })
  return fc.array(one, { minLength: 1, maxLength: 4 })
}

function mutated(changes: readonly Mutation[]): unknown {
  const root = structuredClone({ model: BASE as unknown })
  for (const { path, slip } of changes) {
    const parent = at(root, ['model', ...path].slice(0, -1))
    const key = ['model', ...path].at(-1)!
    if (typeof parent !== 'object' || parent === null) continue
    if (slip === REMOVED) Reflect.deleteProperty(parent, key)
    else if (slip === EXTRA) Reflect.set(parent, 'extra', 1)
    else Reflect.set(parent, key, slip)
  }
  return root.model
}

function pathsOf(value: unknown, path: Path): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const inside = Object.entries(value).slice(0, 30)
  return [
    path,
    ...inside.flatMap(([key, one]) => pathsOf(one, [...path, Array.isArray(value) ? Number(key) : key])),
  ]
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inside, key) => (inside as Record<string, unknown> | undefined)?.[key], value)
}

const placeOf = (path: Path) =>
  path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i > 0 ? `.${key}` : key)).join('')

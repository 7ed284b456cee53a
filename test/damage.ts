import fc from 'fast-check'

/*
 * What happens to files: damage (bytes lost, doubled, flipped, in another order), other programs' habits (byte-order mark, CRLF,
 * UTF-16), and what somebody writes who means harm (depth, length, names of JavaScript's own).
 */

const DEEP = 5000
const INSERTED: readonly Buffer[] = [
  Buffer.of(0),
  Buffer.of(0xff),
  Buffer.of(0xc3),
  ...[
    '\uFEFF',
    '\r',
    '\n',
    '"',
    '}',
    '1e999',
    '-',
    '"__proto__":{"a":1},',
    '"constructor":1,',
    '&a [*a]',
    '!!js/function x',
    '['.repeat(DEEP),
    '{"a":'.repeat(DEEP),
    'x'.repeat(100_000),
  ].map((text) => Buffer.from(text)),
]

type Damage = (bytes: Buffer, at: number, pick: number) => Buffer

const spliced = (bytes: Buffer, from: number, to: number, between: Buffer) =>
  Buffer.concat([bytes.subarray(0, from), between, bytes.subarray(to)])

const inLines = (bytes: Buffer, change: (lines: string[]) => string[]) =>
  Buffer.from(change(bytes.toString('latin1').split('\n')).join('\n'), 'latin1')

const DAMAGES: readonly Damage[] = [
  (bytes, at) => bytes.subarray(0, at),
  (bytes, at) => spliced(bytes, at, at + 1, Buffer.of((bytes[at] ?? 0) ^ (1 << (at % 8)))),
  (bytes, at, pick) => spliced(bytes, at, at, INSERTED[pick % INSERTED.length]!),
  (bytes, at, pick) => spliced(bytes, at, at + (pick % 40), Buffer.alloc(0)),
  (bytes, at, pick) => spliced(bytes, at, at, bytes.subarray(at, at + (pick % 400))),
  (bytes, at) => Buffer.concat([bytes, bytes.subarray(at)]),
  (bytes) => inLines(bytes, (lines) => lines.map((line) => `${line}\r`)),
  (bytes) => inLines(bytes, (lines) => lines.reverse()),
  (bytes, at) => inLines(bytes, (lines) => lines.filter((_, i) => i !== at % lines.length)),
  (bytes) => Buffer.concat([Buffer.from('\uFEFF'), bytes]),
  (bytes) => Buffer.from(`\uFEFF${bytes.toString('utf8')}`, 'utf16le'),
]

/** One of the files, damaged in one to three ways. */
export function damaged(files: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const damage = fc.record({
    how: fc.nat(DAMAGES.length - 1),
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    pick: fc.nat(10_000),
  })
  return fc
    .tuple(fc.constantFrom(...files), fc.array(damage, { minLength: 1, maxLength: 3 }))
    .map(([file, all]) =>
      all.reduce(
        (bytes, { how, at, pick }) => DAMAGES[how]!(bytes, Math.floor(at * bytes.length), pick),
        file,
      ),
    )
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Parent = Record<string, Json>

/** What people and programs put where something else belongs, as JSON text: JSON.stringify knows no 1e999. */
const NASTY: readonly string[] = [
  ...['null', 'true', '""', '"x"', '-1', '0', '0.5', '1e999', '-1e999', '1e308', '9007199254740993'],
  ...['[]', '{}', '[[]]', '[null]', '{"__proto__":1}', '"2026-02-30"', '"\\u0000"'],
  `"${'y'.repeat(1000)}"`,
  `${'['.repeat(200)}${']'.repeat(200)}`,
]
const HERE = '@@here@@'

/** The JSON with another value in one place. */
export function withNasty(json: string): fc.Arbitrary<string> {
  const places = placesIn(JSON.parse(json) as Json).length
  return fc.tuple(fc.nat(places - 1), fc.constantFrom(...NASTY)).map(([where, nasty]) => {
    const root = JSON.parse(json) as Json
    const { parent, key } = placesIn(root)[where]!
    parent[key] = HERE
    return JSON.stringify(root).replace(`"${HERE}"`, () => nasty)
  })
}

/** The JSON with a key misspelt, or one more that nobody knows, and which. @param free names of tables whose keys are anything. */
export function withForeignKey(json: string, free: readonly string[] = []): fc.Arbitrary<[string, string]> {
  const objects = (root: Json) =>
    placesIn(root).filter(
      ({ parent, path }) => !Array.isArray(parent) && !path.some((name) => free.includes(name)),
    )
  const places = objects(JSON.parse(json) as Json).length
  return fc
    .tuple(fc.nat(places - 1), fc.constantFrom('misspelt', 'constructor', '__proto__', 'unheardOf'))
    .map(([where, name]) => {
      const root = JSON.parse(json) as Json
      const { parent, key } = objects(root)[where]!
      const foreign = name === 'misspelt' ? `${key}x` : name
      Object.defineProperty(parent, foreign, { value: parent[key], enumerable: true })
      if (name === 'misspelt') delete parent[key]
      return [JSON.stringify(root), foreign]
    })
}

function placesIn(
  value: Json,
  path: readonly string[] = [],
): { parent: Parent; key: string; path: string[] }[] {
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, item]) => [
    { parent: value as Parent, key, path: [...path] },
    ...placesIn(item, [...path, key]),
  ])
}

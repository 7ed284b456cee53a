import { expect, test } from 'vitest'
import { REQUEST_CLASSES } from '../../traces/trace.ts'
import { OBJECT_IDS, objectBodies, requestMaker } from './requests.ts'

test.each([
  ['read', 'GET', /^\/objs\/obj-0[01]\d$/, false],
  ['write', 'PUT', /^\/objs\/obj-0[01]\d$/, true],
  ['list', 'GET', /^\/$/, false],
  ['compress', 'GET', /^\/objs\/obj-0[01]\d\/compress$/, false],
] as const)('%s is a %s', (name, method, path, hasBody) => {
  const request = requestMaker(1)(name)
  expect(request.method).toBe(method)
  expect(request.path).toMatch(path)
  expect(request.body !== null).toBe(hasBody)
})

test('same seed, same objects, whatever the classes; all objects are used', () => {
  const paths = (seed: number, classes: readonly (typeof REQUEST_CLASSES)[number][]) => {
    const requestFor = requestMaker(seed)
    return Array.from({ length: 400 }, (_, i) => requestFor(classes[i % classes.length]!).path.slice(0, 13))
  }
  const reads = paths(1, ['read'])
  expect(paths(1, ['compress'])).toEqual(reads)
  expect(paths(2, ['read'])).not.toEqual(reads)
  expect(new Set(reads).size).toBe(OBJECT_IDS.length)
  expect(paths(1, REQUEST_CLASSES).filter((path, i) => i % 4 !== 2 && path !== reads[i])).toEqual([])
})

test('bodies are some KB of text and differ', () => {
  const bodies = [...objectBodies().values()]
  expect(bodies.map((body) => body.length)).toEqual(OBJECT_IDS.map((_, i) => 1024 + 384 * i))
  expect(new Set(bodies.map((body) => body.slice(0, 1000))).size).toBe(OBJECT_IDS.length)
})

test('larger objects are the same texts, and as much larger', () => {
  const large = [...objectBodies(832_000).values()]
  expect(large.at(-1)).toHaveLength(832_000)
  expect(large[0]).toHaveLength(102_400)
  expect(large.map((body, i) => body.startsWith([...objectBodies().values()][i]!))).not.toContain(false)
})

import { stream } from '../../base/random.ts'
import type { RequestClass } from '../../traces/trace.ts'

/** An HTTP request of the object store (live/webapp), apart from its id header. */
export interface HttpRequest {
  method: 'GET' | 'PUT'
  path: string
  body: string | null
}

/** Objects that are put there before a run (live/prepareObjects.ts) and that all requests are about. */
export const OBJECT_IDS: readonly string[] = Array.from(
  { length: 20 },
  (_, i) => `obj-${String(i).padStart(3, '0')}`,
)

/** Body sizes rise evenly from the first object to the last, in bytes. */
const SMALLEST_BYTES = 1024
const STEP_BYTES = 384
const WORDS = ['scale', 'out', 'in', 'replica', 'queue', 'wait', 'serve', 'drain', 'proxy', 'twin', 'load']

const bodies: ReadonlyMap<string, string> = new Map(OBJECT_IDS.map((id, i) => [id, makeBody(id, i)]))

/**
 * The text of an object: the same in every run whatever its seed, so that the CPU time of `compress`, which
 * depends on the text, can be compared between runs. A write puts the text that is there already.
 */
export function objectBody(id: string): string {
  return bodies.get(id)!
}

/**
 * What request `index` of a run does, as a function of class and seed. The draw of the object is made for
 * every request, in order, so that another class changes no other request's object.
 */
export function requestMaker(seed: number): (name: RequestClass) => HttpRequest {
  const random = stream(seed, 'objects')
  return (name) => requestFor(name, OBJECT_IDS[Math.floor(random() * OBJECT_IDS.length)]!)
}

function requestFor(name: RequestClass, id: string): HttpRequest {
  switch (name) {
    case 'read':
      return { method: 'GET', path: `/objs/${id}`, body: null }
    case 'write':
      return { method: 'PUT', path: `/objs/${id}`, body: objectBody(id) }
    case 'list':
      return { method: 'GET', path: '/', body: null }
    case 'compress':
      return { method: 'GET', path: `/objs/${id}/compress`, body: null }
  }
}

function makeBody(id: string, i: number): string {
  const random = stream(0, `body of ${id}`)
  const size = SMALLEST_BYTES + i * STEP_BYTES
  let text = ''
  while (text.length < size) text += `${WORDS[Math.floor(random() * WORDS.length)]} `
  return text.slice(0, size)
}

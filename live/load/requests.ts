import { stream } from '../../base/random.ts'
import type { RequestClass } from '../../traces/trace.ts'

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const

/** An HTTP request, apart from its id header. */
export interface HttpRequest {
  method: (typeof METHODS)[number]
  path: string
  body: string | null
  /** Goes with it as X-Delay-Ms; none where undefined or NaN. */
  delayMs?: number
}

/** Objects that are put there before a run (live/prepareObjects.ts) and that all requests are about. */
export const OBJECT_IDS: readonly string[] = Array.from(
  { length: 20 },
  (_, i) => `obj-${String(i).padStart(3, '0')}`,
)

/** Bytes of the largest object, unless a run says otherwise. */
export const OBJECT_BYTES = 8320
/** Sizes rise evenly to the largest; the smallest has this share of it, each further one so much more. */
const SMALLEST_SHARE = 1024 / OBJECT_BYTES
const STEP_SHARE = 384 / OBJECT_BYTES
const WORDS = ['scale', 'out', 'in', 'replica', 'queue', 'wait', 'serve', 'drain', 'proxy', 'twin', 'load']

/**
 * The texts of all objects by id: the same in every run whatever its seed, so that the CPU time of `compress`, which
 * depends on the text, can be compared between runs. A write puts the text that is there already.
 * @param largestBytes size of the largest.
 */
export function objectBodies(largestBytes = OBJECT_BYTES): ReadonlyMap<string, string> {
  if (made?.largestBytes !== largestBytes) made = { largestBytes, bodies: makeBodies(largestBytes) }
  return made.bodies
}

/** The last ones made: the objects are put with them before a load, whose first requests would be late if it made its own. */
let made: { largestBytes: number; bodies: ReadonlyMap<string, string> } | null = null

function makeBodies(largestBytes: number): ReadonlyMap<string, string> {
  return new Map(
    OBJECT_IDS.map((id, i) => [
      id,
      makeBody(id, Math.max(1, Math.round(largestBytes * (SMALLEST_SHARE + i * STEP_SHARE)))),
    ]),
  )
}

/**
 * What request `index` of a run does, as a function of class and seed. The draw of the object is made for
 * every request, in order, so that another class changes no other request's object.
 */
export function requestMaker(seed: number, objectBytes = OBJECT_BYTES): (name: RequestClass) => HttpRequest {
  const random = stream(seed, 'objects')
  const bodies = objectBodies(objectBytes)
  return (name) => requestFor(name, OBJECT_IDS[Math.floor(random() * OBJECT_IDS.length)]!, bodies)
}

function requestFor(name: RequestClass, id: string, bodies: ReadonlyMap<string, string>): HttpRequest {
  switch (name) {
    case 'read':
      return { method: 'GET', path: `/objs/${id}`, body: null }
    case 'write':
      return { method: 'PUT', path: `/objs/${id}`, body: bodies.get(id)! }
    case 'list':
      return { method: 'GET', path: '/', body: null }
    case 'compress':
      return { method: 'GET', path: `/objs/${id}/compress`, body: null }
  }
}

function makeBody(id: string, bytes: number): string {
  const random = stream(0, `body of ${id}`)
  let text = ''
  while (text.length < bytes) text += `${WORDS[Math.floor(random() * WORDS.length)]} `
  return text.slice(0, bytes)
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { badInput, messageOf } from '../../base/errors.ts'
import type { Route } from '../server.ts'
import type { RunState } from './messages.ts'

/** Who carries out what the page asks for. */
export interface Actions {
  /** `over` between two runs and after the last. */
  state(): RunState | 'over'
  /** What a person may ask for. */
  bounds(): { min: number; max: number }
  pause(): void
  resume(): void
  scale(replicas: number): void
  stop(): void
}

const MOST_BYTES = 1024

/**
 * The page's buttons. Each answers 204; 400 says what is wrong with a body, 409 that it is not the time for it.
 *
 *     POST /pause  /resume  /stop      no body, or {}
 *     POST /scale                      {"replicas": 3}, of type application/json
 */
export function actionRoutes(actions: Actions): Record<string, Route> {
  const at = (states: readonly RunState[], act: (body: Record<string, unknown>) => void): Route =>
    answering(async (request) => {
      const body = await jsonBody(request)
      const state = actions.state()
      if (state === 'over' || !states.includes(state)) return `the run is ${state}: it cannot be done now`
      act(body)
      return null
    })
  return {
    'POST /pause': at(['running'], actions.pause),
    'POST /resume': at(['paused'], actions.resume),
    'POST /scale': at(['running', 'paused'], ({ replicas }) =>
      actions.scale(wholeWithin(replicas, actions.bounds())),
    ),
    'POST /stop': at(['starting', 'running', 'paused'], actions.stop),
  }
}

/** @param act returns why it is not the time, or null; throws what is wrong with the request. */
function answering(act: (request: IncomingMessage) => Promise<string | null>): Route {
  return async (request, response) => {
    try {
      const refused = await act(request)
      if (refused === null) response.writeHead(204).end()
      else say(response, 409, refused)
    } catch (error) {
      say(response, 400, messageOf(error))
    }
  }
}

function say(response: ServerResponse, status: number, text: string): void {
  // A body that was not read to its end would be taken for the next request.
  response
    .writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' })
    .end(`${text}\n`)
}

/** An empty body is {}. @throws UserError where it is longer than 1 kB, of another type, or no JSON object. */
async function jsonBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MOST_BYTES)
      throw badInput({ place: 'body', value: `${bytes} bytes`, expected: `at most ${MOST_BYTES}` })
    chunks.push(chunk)
  }
  if (bytes === 0) return {}
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw badInput({ place: 'Content-Type', value: type, expected: 'application/json' })
  return jsonObject(Buffer.concat(chunks).toString('utf8'))
}

function jsonObject(text: string): Record<string, unknown> {
  const problem = { place: 'body', value: text, expected: 'a JSON object such as {"replicas": 3}' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw badInput({ ...problem, cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badInput(problem)
  return value as Record<string, unknown>
}

function wholeWithin(value: unknown, { min, max }: { min: number; max: number }): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw badInput({ place: 'replicas', value, expected: `a whole number from ${min} to ${max}` })
}

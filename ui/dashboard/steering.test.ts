import { request } from 'node:http'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { serveUi, type UiServer } from '../server.ts'
import { actionRoutes } from './actions.ts'
import { Hand } from './hand.ts'
import type { RunState } from './messages.ts'

let hand: Hand
let server: UiServer
let states: RunState[]
let stops: number
beforeEach(async () => {
  states = []
  stops = 0
  hand = new Hand((state) => states.push(state))
  server = await serveUi({
    port: 0,
    secret: false,
    routes: actionRoutes({
      state: () => hand.state,
      bounds: () => ({ min: 1, max: 8 }),
      pause: () => hand.pause(),
      resume: () => hand.resume(),
      scale: (replicas) => hand.scale(replicas),
      stop() {
        hand.stop()
        stops++
      },
    }),
  })
})
afterEach(() => server.close())

function post(path: string, body = '', type = 'application/json'): Promise<{ status: number; text: string }> {
  const { hostname, port, host } = new URL(server.url)
  const headers = { Origin: `http://${host}`, 'Content-Type': type }
  return new Promise((resolve, reject) => {
    const sent = request({ host: hostname, port, path, method: 'POST', headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode!, text }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

it('a scale is carried out at one tick, and the policy stays paused until it is resumed', async () => {
  hand.ticked()
  expect(hand.atTick()).toBeNull()
  expect((await post('/scale', '{"replicas": 3}')).status).toBe(204)
  expect(hand.atTick()).toEqual({ kind: 'scale', replicas: 3 })
  expect(hand.atTick()).toEqual({ kind: 'pause' })
  expect((await post('/scale', '{"replicas": 5}')).status).toBe(204)
  expect(hand.atTick()).toEqual({ kind: 'scale', replicas: 5 })
  expect((await post('/resume')).status).toBe(204)
  expect(hand.atTick()).toBeNull()
  expect(states).toEqual(['running', 'paused', 'running'])
})

it('stops once, and nothing can be steered after it', async () => {
  hand.ticked()
  expect((await post('/stop', '{}')).status).toBe(204)
  expect(stops).toBe(1)
  for (const path of ['/stop', '/pause', '/resume'])
    expect(await post(path)).toMatchObject({
      status: 409,
      text: 'the run is stopping: it cannot be done now\n',
    })
  expect(stops).toBe(1)
})

it('while the parts come up it can be stopped, not steered', async () => {
  expect((await post('/pause')).status).toBe(409)
  expect((await post('/scale', '{"replicas": 2}')).status).toBe(409)
  expect((await post('/stop')).status).toBe(204)
})

const JSON_TYPE = 'application/json'

it.each<[what: string, body: string, type: string, said: string, expected: string]>([
  ['a text', '{"replicas": "3"}', JSON_TYPE, 'replicas is "3"', 'a whole number from 1 to 8'],
  ['a part of a replica', '{"replicas": 2.5}', JSON_TYPE, 'replicas is 2.5', 'a whole number from 1 to 8'],
  ['too few', '{"replicas": 0}', JSON_TYPE, 'replicas is 0', 'a whole number from 1 to 8'],
  ['too many', '{"replicas": 9}', JSON_TYPE, 'replicas is 9', 'a whole number from 1 to 8'],
  ['an empty field', '{"replicas": null}', JSON_TYPE, 'replicas is null', 'a whole number'],
  ['nothing in particular', '{}', JSON_TYPE, 'replicas is undefined', 'a whole number'],
  ['no body', '', JSON_TYPE, 'replicas is undefined', 'a whole number'],
  ['a list', '[3]', JSON_TYPE, 'body is "[3]"', 'a JSON object'],
  ['a bare number', '3', JSON_TYPE, 'body is "3"', 'a JSON object'],
  ['a body that is cut off', '{"replicas": 3', JSON_TYPE, 'body is', 'a JSON object'],
  ['a form', 'replicas=3', 'application/x-www-form-urlencoded', 'Content-Type is', JSON_TYPE],
  ['JSON that says it is text', '{"replicas": 3}', 'text/plain', 'Content-Type is "text/plain"', JSON_TYPE],
  ['2 kB', padded(2000), JSON_TYPE, 'body is', 'at most 1024'],
  ['2 MB', padded(2e6), JSON_TYPE, 'body is', 'at most 1024'],
])('refuses to scale by %s', async (_, body, type, said, expected) => {
  hand.ticked()
  const { status, text } = await post('/scale', body, type)
  expect(status).toBe(400)
  expect(text).toContain(said)
  expect(text).toContain(expected)
  expect(hand.atTick()).toBeNull()
})

function padded(bytes: number): string {
  return `{"replicas": 3, "x": "${'x'.repeat(bytes)}"}`
}

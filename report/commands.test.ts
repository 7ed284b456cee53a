import { expect, it } from 'vitest'
import type { RunHeader } from '../record/schema.ts'
import { simulate } from '../sim/run.ts'
import { autoscaled, constantLoad, handModel } from '../test/support.ts'
import { appOptions, quoted, runOptions, TRACE_FILE } from './commands.ts'
import { folded } from './sections/reproduction.ts'

const header = simulate(
  autoscaled({
    trace: constantLoad(2, 3000),
    model: handModel({ family: 'uniform', min: 5, max: 50 }),
    policy: 'pid',
    seed: 7,
  }),
).run
const optionsOf = (changes: Partial<RunHeader>) =>
  runOptions({ ...header, ...changes }, 'p95<500ms over 10s').join(' ')

it.each([
  ['spike', '--trace spike --seed'],
  ['spike-stretch0.6', '--trace spike --stretch 0.6 --seed'],
  ['flash-crowd-stretch2-peak40', '--trace flash-crowd --stretch 2 --peak 40 --seed'],
  ['spike-slice10s-40s', `--trace ${TRACE_FILE} --seed`],
  ['my own', `--trace ${TRACE_FILE} --seed`],
])('a trace called %s', (name, text) => {
  expect(optionsOf({ trace: { ...header.trace, name } })).toContain(text)
})

it('only what differs from the defaults is said', () => {
  const { parameters } = header.policy
  expect(optionsOf({})).not.toContain('--set')
  const policy = { name: 'pid | cooldown', parameters: { ...parameters, kp: 0.5, 'cooldown.upMs': 5 } }
  const control = { ...header.control, maxReplicas: 5, standby: { method: 'paused', size: 2 } as const }
  const text = optionsOf({ policy, control, service: { ...header.service, maxconn: null } })
  expect(text).toContain("--policy 'pid | cooldown' --set kp=0.5 --set cooldown.upMs=5")
  expect(text).toContain('--max 5 --standby paused:2')
  expect(text).toContain('--maxconn none')
})

it('the application’s settings, where it had some', () => {
  const app = { delay: 'off', rateLimit: '10 per second', objectBytes: '8320' }
  expect(appOptions({ ...header, app })).toEqual([
    '--delay off',
    "--rate-limit '10 per second'",
    '--object-size 8320',
  ])
  expect(appOptions({ ...header, app: null })).toEqual([])
})

it('texts are quoted for a shell, long commands folded between options', () => {
  expect(quoted("it's $HOME")).toBe(String.raw`'it'\''s $HOME'`)
  const long = folded(`bin/sim run --policy pid --trace spike --seed 1 --out runs/${'x'.repeat(60)}`)
  expect(long).toBe(`bin/sim run --policy pid --trace spike --seed 1 \\\n  --out runs/${'x'.repeat(60)}`)
})

import { describe, expect, it } from 'vitest'
import { DEFAULT_SERVICE } from '../../control/service.ts'
import { DEFAULT_APP } from '../../live/appSettings.ts'
import { START_KINDS } from '../../live/calibrate/startup.ts'
import { parseMix } from '../mix.ts'
import { type CalibrateFlags, parseFleets, parseServices, parseStarts, planPace } from './options.ts'
import { type Task, taskMs, tasksOf, type Wish } from './plan.ts'
import { plainSetting } from './settings.ts'

const FLAGS = {
  balance: 'leastconn',
  maxconn: '1',
  queueTimeout: '30s',
  clientTimeout: '10s',
  starts: START_KINDS.join(','),
} as CalibrateFlags
const pace = planPace(FLAGS)
const wish = (changes: Partial<Wish>): Wish => ({
  kind: 'all',
  variants: false,
  out: 'out',
  plain: plainSetting('out', { app: DEFAULT_APP, service: DEFAULT_SERVICE, mix: { read: 1 } }),
  services: [DEFAULT_SERVICE],
  fleets: [1, 2, 4, 8],
  ...changes,
})
const namesOf = (tasks: readonly Task[]) => tasks.map(({ kind, setting }) => `${kind} ${setting.folder}`)

describe('the plan', () => {
  it('of all: under ten minutes, and the work that sim fit must not mix in is elsewhere', () => {
    const tasks = tasksOf(wish({}), pace)
    expect(namesOf(tasks)).toEqual([
      'saturation out/service',
      'scaling out/service',
      'saturation out/cpu-bound',
      'scaling out/cpu-bound',
      'startup out/service',
      'startup out/cpu-bound',
    ])
    expect(tasks.reduce((sum, task) => sum + taskMs(task, pace), 0)).toBeLessThan(600_000)
  })

  it("of a service of one's own: itself alone, and no CPU-bound work of the object store", () => {
    const own = {
      image: 'localhost/shop:1',
      port: 80,
      request: { method: 'GET' as const, path: '/', body: null },
      healthPath: '/',
    }
    const plain = plainSetting('out', {
      app: { ...DEFAULT_APP, own },
      service: DEFAULT_SERVICE,
      mix: { read: 1 },
    })
    const tasks = tasksOf(wish({ plain }), pace)
    expect(namesOf(tasks)).toEqual(['saturation out/service', 'scaling out/service', 'startup out/service'])
    expect(tasks.every(({ setting }) => setting.app.own === own)).toBe(true)
  })

  it('of scaling: each proxy setting in a folder of its own, save that of the flags', () => {
    const services = parseServices({ ...FLAGS, balances: 'leastconn,roundrobin', maxconns: '1,none' })
    expect(namesOf(tasksOf(wish({ kind: 'scaling', services }), pace)).slice(0, 5)).toEqual([
      'saturation out/service',
      'scaling out/service',
      'scaling out/proxy/service-leastconn-maxconn-none',
      'scaling out/proxy/service-roundrobin-maxconn-1',
      'scaling out/proxy/service-roundrobin-maxconn-none',
    ])
  })

  it('of variants: one factor at a time, each in its own folder', () => {
    const tasks = tasksOf(wish({ kind: 'saturation', variants: true }), pace)
    expect(new Set(tasks.map(({ setting }) => setting.folder)).size).toBe(tasks.length)
    const delays = tasks.map(({ setting }) => setting.app.delay)
    expect(new Set(delays)).toEqual(new Set(['uniform:5:200', 'off', 'lognormal:200:1']))
  })
})

describe('the options', () => {
  it('--step makes all steps shorter, --rounds bounds the rounds of each', () => {
    const short = planPace({ ...FLAGS, step: '1s', rounds: 1 })
    expect(short.saturation).toMatchObject({ stepMs: 1000, roundMs: 14_000, rounds: 1 })
    expect(short.rough.rounds).toBe(1)
    expect(short.scaling).toEqual({ lightMs: 1000, overloadMs: 1600 })
  })

  it.each([
    ['--fleets', () => parseFleets('1,two')],
    ['--fleets', () => parseFleets('0,1')],
    ['--balances', () => parseServices({ ...FLAGS, balances: 'leastconn,best' })],
    ['--maxconn', () => parseServices({ ...FLAGS, maxconns: '1,0' })],
    ['--mix', () => parseMix('read=1,burn=1')],
    ['--mix', () => parseMix('read=0')],
    ['--starts', () => parseStarts('cold,warm')],
    ['--step', () => planPace({ ...FLAGS, step: '10ms' })],
    ['--step', () => planPace({ ...FLAGS, step: 'soon' })],
  ])('a bad %s is refused by name', (name, parse) => {
    expect(parse).toThrow(name)
  })

  it('--fleets come in rising order, once each', () => {
    expect(parseFleets('8,1,2,2')).toEqual([1, 2, 8])
    expect(parseMix('read=0.6,write=0.4')).toEqual({ read: 0.6, write: 0.4 })
  })
})

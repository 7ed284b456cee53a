import { expect, it } from 'vitest'
import type { Knee } from '../../analysis/knee.ts'
import type { FleetPoint } from '../../analysis/scaling.ts'
import { uslOf } from '../../analysis/scaling.ts'
import { DEFAULT_SERVICE } from '../../control/service.ts'
import { DEFAULT_APP } from '../../live/appSettings.ts'
import type { Setting } from './calibration.ts'
import { saturationText, scalingsText, scalingText, uslLine, variantsText } from './report.ts'
import type { Saturation } from './saturationStudy.ts'
import { expectedPerS, type Scaling } from './scalingStudy.ts'

const setting = (label: string): Setting => ({
  label,
  folder: label,
  app: DEFAULT_APP,
  service: DEFAULT_SERVICE,
  mix: { read: 1 },
})
const knee = (changes: Partial<Knee>): Knee => ({
  capacityPerS: { estimate: 9.312, lo: 9.046, hi: 9.58 },
  saturated: true,
  limitedBy: 'work',
  spells: 1432,
  mostOfferedPerS: 11.2,
  mostAnsweredPerS: 9.4,
  latency: { unloadedP95Ms: 191, ratePerS: 6.6421, belowPerS: 6.23, abovePerS: 7.1 },
  ...changes,
})
const saturation = (changes: Partial<Knee> = {}, label = 'the service'): Saturation => ({
  setting: setting(label),
  steps: [
    {
      fromMs: 0,
      toMs: 5000,
      offeredPerS: 11.2,
      completedPerS: 9.4,
      p50Ms: 812.3,
      p95Ms: null,
      errorsShare: 0.052,
      cores: { replicas: 0.031, proxy: 0.01, host: 0.42 },
    },
  ],
  knee: knee(changes),
  coresWhenBusy: 0.01,
})

it.each<[string, Partial<Knee>, string]>([
  [
    'the capacity and how sure it is',
    {},
    'saturates at 9.31 (95 %: 9.05 to 9.58) answers/s, from 1432 times in service',
  ],
  [
    'the knee of the latency',
    {},
    'p95 of the unloaded replica: 191 ms; twice that at 6.64/s (between the steps of 6.23/s and 7.1/s)',
  ],
  [
    'that it was never saturated',
    { saturated: false },
    'never saturated: more than 9.4/s; the times in service say 9.31 (95 %: 9.05 to 9.58)/s',
  ],
  [
    'that nothing waited',
    { saturated: false, capacityPerS: null, limitedBy: null },
    'never saturated: more than 9.4/s',
  ],
  ['that a limit stops it', { limitedBy: 'refusals', spells: 20 }, 'from 20 s in which it refused requests'],
  [
    'that no step was slow',
    { latency: { unloadedP95Ms: 191, ratePerS: null, belowPerS: 7, abovePerS: null } },
    'never twice that',
  ],
])('saturation says %s', async (_, changes, text) => {
  expect(await saturationText(saturation(changes))).toContain(text)
})

it('saturation shows each step, unknown ones as a dash', async () => {
  const line = (await saturationText(saturation())).split('\n').find((text) => text.includes('11.2'))!
  expect(line.trim().split(/ {2,}/)).toEqual(['11.2', '9.4', '812', '-', '5 %', '0.03', '0.42'])
})

it('variants stand beside each other', async () => {
  const text = await variantsText([
    saturation(),
    saturation({ limitedBy: 'refusals' }, 'limit-10'),
    saturation({ capacityPerS: null, saturated: false, latency: null }, 'idle'),
  ])
  const rows = text.split('\n').map((line) => line.trim().split(/ {2,}/))
  expect(rows[1]).toEqual(['the service', '9.31', '9.05 to 9.58', 'work', '191', '6.64'])
  expect(rows[2]).toEqual(['limit-10', '9.31', '9.05 to 9.58', 'refusals', '191', '6.64'])
  expect(rows[3]).toEqual(['idle', '-', '-', 'never reached', '-', '-'])
})

const point = (replicas: number, perS: number | null): FleetPoint => ({
  replicas,
  throughputPerS: perS === null ? null : { estimate: perS, lo: 0.95 * perS, hi: 1.05 * perS },
  offeredPerS: 1.2 * replicas * 10,
  errorsShare: 0,
  cores: null,
  light: { offeredPerS: 7 * replicas, p50Ms: 110, p95Ms: 240 },
})
const scaling = (label: string, perS: (number | null)[]): Scaling => {
  const points = perS.map((value, i) => point(2 ** i, value))
  return { setting: setting(label), points, usl: uslOf(points) }
}

it('scaling says that it is linear, or where it ends', async () => {
  const sleeping = await scalingText(scaling('sleeping', [10, 20, 40, 80]))
  expect(sleeping).toMatch(/scales linearly up to n = 8: 10 \(95 %: [\d.]+ to [\d.]+\) answers\/s each/)
  const busy = await scalingText(scaling('busy', [50, 96, 98, 90]))
  expect(busy).toMatch(/scalability law: lambda 5\d/)
  expect(busy).toMatch(/most at n = [2-5]/)
  expect(busy).toContain('49 %')
  expect(uslLine(null)).toContain('needs three')
  expect(await scalingText(scaling('idle', [10, null]))).toContain('never saturated')
})

it('scalings stand beside each other, also where one went less far', async () => {
  const text = await scalingsText([scaling('sleeping', [10, 20, 40, 80]), scaling('busy', [50, 96, 98])])
  const rows = text.split('\n').map((line) => line.trim().split(/ {2,}/))
  expect(rows[1]).toEqual(['sleeping', '10', '20', '40', '80', '240', 'linear'])
  expect(rows[2]!.slice(0, 6)).toEqual(['busy', '50', '96', '98', '-', '240'])
})

it('an overload is chosen by the most that one replica has served, when alone or in a smaller fleet', () => {
  const one = saturation()
  expect(expectedPerS(4, one, [])).toBeCloseTo(4 * 9.312, 9)
  expect(expectedPerS(4, one, [point(1, 8), point(2, 24), point(2, null)])).toBeCloseTo(4 * 12, 9)
})

import { describe, expect, it } from 'vitest'
import { recordsIn } from '../notebooks/data.ts'
import { type CpuAt, cpuAt, lateTicks, saturation } from './saturation.ts'

/** Readings a second apart, from the cores that were used in each second. */
function readings(spans: readonly { host: number; process: number; proxy?: number }[]): CpuAt[] {
  const rows: CpuAt[] = [{ atMs: 1000, hostMs: 0, proxyMs: 0, controllerMs: 0 }]
  for (const { host, process, proxy = 0 } of spans) {
    const { atMs, hostMs, proxyMs, controllerMs } = rows.at(-1)!
    rows.push({
      atMs: atMs + 1000,
      hostMs: hostMs + 1000 * host,
      proxyMs: proxyMs + 1000 * proxy,
      controllerMs: controllerMs + 1000 * process,
    })
  }
  return rows
}
const calm = { host: 0.3, process: 0.1 }
const ON_TWO = { cores: 2, spins: false }
const of = (spans: Parameters<typeof readings>[0], machine = ON_TWO) => saturation(readings(spans), machine)

describe('the host is saturated by the tool itself', () => {
  const busy = { host: 2, process: 0.6, proxy: 0.5 }

  it('says when, and how much of the machine it had', () => {
    expect(of([calm, busy, busy, busy, calm])).toEqual([
      'the host was saturated by ScaleTwin itself: from 2s to 5s controller and proxy used 1.1 of 2 cores, all of which were busy',
    ])
  })

  it.each<[string, Parameters<typeof readings>[0]]>([
    ['for a second alone', [calm, busy, calm, busy, calm]],
    [
      'by the service, the tool having a seventh',
      [calm, ...Array(9).fill({ host: 2, process: 0.2, proxy: 0.09 })],
    ],
    [
      'by starts, which are measured, or by other programs',
      Array(9).fill({ host: 2, process: 0.33, proxy: 0.05 }),
    ],
    ['not at all: a core is free', Array(9).fill({ host: 1.8, process: 0.7, proxy: 0.6 })],
  ])('but not %s', (_name, spans) => {
    expect(of(spans)).toEqual([])
  })
})

describe('the process that controls and sends has no time left', () => {
  const full = { host: 1.2, process: 0.95 }

  it('says when, and how much of its core it used', () => {
    expect(of([full, full])).toEqual([
      'the controller had no time left: from 1s to 3s its process used 0.95 of the one core that it can use',
    ])
  })

  it('but not where it spins on purpose, as long as the others have their core', () => {
    const spinning = { cores: 2, spins: true }
    expect(of([full, full, full], spinning)).toEqual([])
    const crowded = { host: 2, process: 1 }
    expect(of([crowded, crowded], spinning)).toEqual([
      expect.stringContaining('saturated by ScaleTwin itself'),
    ])
  })
})

it('runs that were valid on two cores stay so: calibrations, spikes, CPU-bound work on all cores', async () => {
  const { records, names } = await recordsIn(
    ...['calibration/service', 'calibration/cpu-bound'],
    ...['spike-pid', 'spike-react', 'ramp-react'].map((name) => `measured/${name}`),
  )
  for (const [i, { run, ticks }] of records.entries()) {
    const found = saturation(
      ticks.flatMap(({ observation, cpu, delayMs }) => cpuAt(cpu, observation.nowMs + delayMs)),
      { cores: Number(run.host!.cores), spins: false },
    )
    expect(found, names[i]).toEqual([])
  }
  expect(records.length).toBeGreaterThan(20)
})

describe('control ticks', () => {
  const ticks = (lateMs: readonly number[]) =>
    lateMs.map((ms, i) => ({ dueMs: 1000 * (i + 1), decidedMs: 1000 * (i + 1) + ms }))

  it('that are decided after the next one was due are counted, with the latest', () => {
    expect(lateTicks(ticks([2, 1500, 600, 3]), 1000)).toEqual([
      'the control loop did not keep up: 1 of 4 decisions came after the next tick was due, the latest 1.5s after its own, interval 1s',
    ])
  })

  it('may be late within their interval, and once in a hundred', () => {
    expect(lateTicks(ticks([999, 5]), 1000)).toEqual([])
    expect(lateTicks(ticks([1001, ...Array(99).fill(1)]), 1000)).toEqual([])
    expect(lateTicks([], 1000)).toEqual([])
  })
})

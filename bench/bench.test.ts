import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { benchSpec } from '../plots/index.ts'
import { compilePicture } from '../plots/render.ts'
import { agreements } from './agreement.ts'
import { CASES, casesByName, exactOf, requestsOf } from './cases.ts'
import type { Run } from './measure.ts'
import { perCpuS, ratiosOf } from './measure.ts'
import { benchPolicy } from './policy.ts'
import type { Report } from './report.ts'
import { judgeTargets } from './targets.ts'

/** A run by hand: a CPU second for every `perCpu` requests. */
function run(values: Partial<Run> & Pick<Run, 'case' | 'contender'>): Run {
  return {
    round: 1,
    asked: 72_000,
    requests: 72_000,
    cpuS: 1,
    wallS: 1,
    maxRssMb: 50,
    meanResponseMs: 100,
    ...values,
  }
}

describe('a quick benchmark of two cases', () => {
  let folder: string
  let report: Report
  let stdout: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scaletwin-'))
    const json = join(folder, 'bench.json')
    const words = ['--quick', '--size', '0.001', '--cases', 'mmc,full', '--json', json]
    const done = await execa(process.execPath, [join(import.meta.dirname, 'bench.ts'), ...words])
    stdout = done.stdout
    report = JSON.parse(await readFile(json, 'utf8')) as Report
  }, 60_000)
  afterAll(() => rm(folder, { recursive: true }))

  it('says what ran where, and has each run with its cost', () => {
    expect(report.machine.cores).toBeGreaterThan(0)
    expect(report.contenders[0]).toEqual({
      name: 'scaletwin',
      label: 'ScaleTwin',
      version: `Node ${process.version}`,
    })
    expect(report.runs).toHaveLength(2 * report.contenders.length)
    for (const each of report.runs) {
      expect(each.requests).toBeGreaterThan(0.9 * each.asked)
      expect(each.cpuS).toBeGreaterThan(0)
      expect(each.wallS).toBeGreaterThan(0)
      expect(each.maxRssMb).toBeGreaterThan(1)
    }
    expect(report.medians.map((row) => row.case)).toContain('full')
  })

  it('finds that the contenders agree, on every statistic of the full model', () => {
    expect(report.agreement.filter(({ agrees }) => !agrees)).toEqual([])
    const compared = report.agreement.filter((row) => row.case === 'full').map((row) => row.statistic)
    expect(compared).toEqual([
      'meanResponseMs',
      'violationShare',
      'windowViolationShare',
      'replicaSecondsPerHour',
      'retryShare',
    ])
  })

  it('prints the targets that it could judge', () => {
    expect(stdout).toMatch(/full model, one core +(met|MISSED) +at least 4\.00 M\/s/)
    expect(stdout).toMatch(/memory of the longest run +not measured/)
  })
})

describe('the rule of agreement', () => {
  const full = casesByName(['full'])
  const pair = (otherMs: number, asked: number) =>
    agreements(full, [
      run({ case: 'full', contender: 'scaletwin', meanResponseMs: 100, asked }),
      run({ case: 'full', contender: 'c', meanResponseMs: otherMs, asked }),
    ])[0]!

  it.each([
    { name: 'a long run may differ by 3 %', otherMs: 102.9, periods: 10_000, agrees: true },
    { name: 'and by no more', otherMs: 104, periods: 10_000, agrees: false },
    { name: 'one period may differ by 3 % and 3 standard errors', otherMs: 111, periods: 1, agrees: true },
    { name: 'but not by more', otherMs: 115, periods: 1, agrees: false },
  ])('$name', ({ otherMs, periods, agrees }) => {
    expect(pair(otherMs, periods * 72_000).agrees).toBe(agrees)
  })

  it('compares with the exact value, too', () => {
    const [row] = agreements(casesByName(['mmc']), [
      run({ case: 'mmc', contender: 'scaletwin', meanResponseMs: 185, asked: 1e9 }),
    ])
    expect(row).toMatchObject({ statistic: 'meanResponseMs', agrees: false })
  })
})

it('knows the mean wait of M/M/4 at rho 0.8 (Erlang C 0.5964: 74.55 ms)', () => {
  const [mmc] = casesByName(['mmc'])
  expect(exactOf(mmc!).meanWaitMs).toBeCloseTo(74.55, 1)
})

it('runs whole periods of the full model, at least one', () => {
  const [full] = casesByName(['full'])
  expect(requestsOf(full!, 'simpy', { size: 0.001 })).toBe(72_000)
  expect(requestsOf(full!, 'scaletwin', { size: 0.001 })).toBe(72_000)
  expect(requestsOf(full!, 'c', { size: 0.013 }) % 72_000).toBe(0)
})

it('takes ratios within a round only', () => {
  const runs = [
    run({ case: 'full', contender: 'scaletwin', round: 1, cpuS: 4 }),
    run({ case: 'full', contender: 'c', round: 1, cpuS: 1 }),
    run({ case: 'full', contender: 'scaletwin', round: 2, cpuS: 20 }),
    run({ case: 'full', contender: 'c', round: 2, cpuS: 10 }),
    run({ case: 'full', contender: 'c', round: 3, cpuS: 1 }),
  ]
  const ratios = ratiosOf(runs, { case: 'full' }, { case: 'full', contender: 'c' }, perCpuS)
  expect(ratios).toEqual([0.25, 0.5])
  const target = judgeTargets(runs).find(({ name }) => name === 'full model against C')
  expect(target).toMatchObject({ value: 0.375, met: false })
})

it('the policy scales out at once and in at the eighth tick in a row', () => {
  const context = {
    parameters: {},
    knowledge: { serviceMsMean: null, startupMsMean: null },
    replicas: { min: 1, max: 32 },
    intervalMs: 1000,
  }
  let state = benchPolicy.init(context)
  const decide = (arrivalsPerS: number | null, target: number) => {
    const answer = benchPolicy.decide(context, { arrivalsPerS, target } as never, state)
    state = answer.state
    return answer.decision.kind === 'scale' ? answer.decision.replicas : null
  }
  expect(decide(null, 10)).toBe(null)
  expect(decide(180, 10)).toBe(29)
  expect(decide(1000, 29)).toBe(32)
  expect(Array.from({ length: 7 }, () => decide(60, 29))).toEqual(Array(7).fill(null))
  expect(decide(60, 29)).toBe(10)
})

it('the picture has a bar for each contender and compiles without a remark', async () => {
  const bars = CASES.slice(0, 3).flatMap(({ name }) => [
    { group: name, contender: 'ScaleTwin', requestsPerS: 12e6 },
    { group: name, contender: 'C', requestsPerS: 21e6 },
  ])
  const remarks: string[] = []
  await compilePicture(benchSpec({ bars }), (text) => remarks.push(text))
  expect(remarks).toEqual([])
})

it('refuses a case that it does not have', () => {
  expect(() => casesByName(['ful'])).toThrow('--cases is "ful", expected mmc, ')
})

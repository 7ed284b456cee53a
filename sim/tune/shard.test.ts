import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { METRICS, type Metrics } from '../../analysis/metrics.ts'
import { parseSla } from '../../analysis/sla.ts'
import { hashOf } from '../../base/hash.ts'
import { autoscaled, constantLoad, handModel } from '../../test/support.ts'
import { mergeShards } from './merge.ts'
import { ndjson } from './result.ts'
import { shardOf, writeShard } from './shard.ts'
import { type Executor, scenarioOf, type Task } from './task.ts'

const folder = mkdtempSync(join(tmpdir(), 'scaletwin-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

const run = autoscaled({
  trace: constantLoad(20, 20_000),
  model: handModel({ family: 'uniform', min: 5, max: 200 }),
  policy: 'static',
})
const scenarios = [scenarioOf({ ...run, sla: parseSla('p95<500ms') }, { name: 'static' })]
const tasks: Task[] = Array.from({ length: 90 }, (_, seed) => ({
  scenario: 0,
  parameters: { replicas: 1 + (seed % 3) },
  seed,
}))

/** Metrics that the seed alone decides. */
const planted: Executor = {
  run: async (wanted) =>
    wanted.map(
      ({ seed }) =>
        Object.fromEntries(METRICS.map((name, i) => [name, i === 3 ? null : seed / (i + 1)])) as Metrics,
    ),
  close: async () => {},
}

async function shards(name: string, of: number): Promise<string[]> {
  const paths = Array.from({ length: of }, (_, i) => join(folder, `${name}-${i + 1}-of-${of}.ndjson`))
  for (const [i, path] of paths.entries())
    await writeShard(path, { scenarios, tasks, shard: i + 1, of }, planted)
  return paths
}

describe('the shares of a list', () => {
  const ids = fc
    .uniqueArray(fc.integer(), { maxLength: 60 })
    .map((all) => all.map((n) => ({ id: hashOf(n) })))

  it('any n of them are the whole, each task in one', () => {
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 20 }), (all, of) => {
        const parts = Array.from({ length: of }, (_, i) => shardOf(all, i + 1, of)).flat()
        expect(parts.length).toBe(all.length)
        expect(new Set(parts)).toEqual(new Set(all))
      }),
    )
  })

  it('a task’s share does not depend on what else is in the list', () => {
    fc.assert(
      fc.property(ids, ids, fc.integer({ min: 1, max: 9 }), (some, more, of) => {
        const alone = shardOf(some, 1, of)
        expect(shardOf([...more, ...some], 1, of).filter((task) => some.includes(task))).toEqual(alone)
      }),
    )
  })

  it('are about even: each of 8 has its eighth of 4000, within five standard deviations', () => {
    const all = Array.from({ length: 4000 }, (_, n) => ({ id: hashOf(n) }))
    for (let shard = 1; shard <= 8; shard++)
      expect(Math.abs(shardOf(all, shard, 8).length - 500)).toBeLessThan(
        5 * Math.sqrt(4000 * (1 / 8) * (7 / 8)),
      )
  })
})

describe('merged', () => {
  it('shards give the whole, to the byte, whatever their number and order', async () => {
    const whole = ndjson((await mergeShards(await shards('any', 1))).results)
    expect(whole.split('\n').length - 1).toBe(tasks.length)
    for (const number of [2, 3, 7, 200]) {
      const merged = await mergeShards((await shards('any', number)).reverse())
      expect(merged.shards).toBe(number)
      expect(ndjson(merged.results)).toBe(whole)
    }
  })

  it('the same shard twice is the same as once', async () => {
    const [one, two] = await shards('twice', 2)
    expect((await mergeShards([one!, two!, one!])).results.length).toBe(tasks.length)
  })

  it('a shard that is not there is named', async () => {
    const paths = await shards('lost', 4)
    await expect(mergeShards([paths[0]!, paths[2]!, paths[3]!])).rejects.toThrow(/^shard 2 of 4 is missing/)
    rmSync(paths[1]!)
    await expect(mergeShards(paths)).rejects.toThrow(`${paths[1]} is not there, expected a file`)
    await expect(mergeShards([])).rejects.toThrow(/no shard/)
  })

  const damage: [string, (text: string) => string, RegExp][] = [
    [
      'without its last run',
      (text) => `${text.trimEnd().split('\n').slice(0, -1).join('\n')}\n`,
      /lacks 1 of its/,
    ],
    ['cut in the middle of a line', (text) => text.slice(0, -100), /line \d+ is no result.*shard 2\/3 again/],
    ['without its head', (text) => text.slice(text.indexOf('\n') + 1), /line 1 is not the head/],
    ['empty', () => '', /line 1 is not the head/],
    [
      'with a metric that is no number',
      (text) => text.replace(/"failed":[^,]+/, '"failed":"x"'),
      /line 2 is no result/,
    ],
  ]
  it.each(damage)('a shard %s is named, with what is wrong', async (name, break_, message) => {
    const paths = await shards(`damaged ${name}`, 3)
    writeFileSync(paths[1]!, break_(readFileSync(paths[1]!, 'utf8')))
    await expect(mergeShards(paths)).rejects.toThrow(message)
    await expect(mergeShards(paths)).rejects.toThrow(paths[1])
  })

  it('two that disagree are named, and so is one of another list', async () => {
    const [one, two] = await shards('disagree', 2)
    const other = join(folder, 'other.ndjson')
    writeFileSync(other, readFileSync(one!, 'utf8').replace(/"completed":[^,]+/, '"completed":7777'))
    await expect(mergeShards([one!, two!, other])).rejects.toThrow(`${other} and ${one} disagree`)
    await writeShard(other, { scenarios, tasks: tasks.slice(1), shard: 1, of: 2 }, planted)
    await expect(mergeShards([other, two!])).rejects.toThrow(`${two} is shard 2 of 2 of another list`)
  })

  it('on the command line: to stdout, into a file, as JSON; a missing shard ends with 2', async () => {
    const paths = await shards('cli', 3)
    const sim = (...args: string[]) =>
      execa(join(import.meta.dirname, '../../bin/sim'), ['merge', ...args], { reject: false, cwd: folder })
    const plain = await sim(...paths)
    expect(plain.stdout).toBe(ndjson((await mergeShards(paths)).results).trimEnd())
    expect(plain.stderr).toContain('90 runs of 3 shards, complete')
    const json = await sim(...paths, '-o', 'all.ndjson', '--json')
    expect(JSON.parse(json.stdout)).toEqual({ shards: 3, runs: 90, out: 'all.ndjson' })
    expect(readFileSync(join(folder, 'all.ndjson'), 'utf8').trimEnd()).toBe(plain.stdout)
    const missing = await sim(paths[0]!, paths[1]!)
    expect([missing.exitCode, missing.stdout]).toEqual([2, ''])
    expect(missing.stderr).toContain('shard 3 of 3 is missing')
  })
})

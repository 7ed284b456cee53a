import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { METRICS, type Metrics } from '../../analysis/metrics.ts'
import { parseSla } from '../../analysis/sla.ts'
import { autoscaled, constantLoad, handModel } from '../../test/support.ts'
import { JournalExecutor } from './journal.ts'
import { Stoppable } from './stoppable.ts'
import { type Executor, scenarioOf, type Task } from './task.ts'

const folder = mkdtempSync(join(tmpdir(), 'scaletwin-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

const NOTHING = Object.fromEntries(METRICS.map((name) => [name, 0])) as Metrics
/** The seed is the answer; `heard` gets the size of each batch. */
const echo = (heard: number[], onBatch = () => {}): Executor => ({
  run: async (tasks) => {
    heard.push(tasks.length)
    onBatch()
    return tasks.map(({ seed }) => ({ ...NOTHING, requests: seed }))
  },
  close: async () => {},
})
const tasks: Task[] = Array.from({ length: 1000 }, (_, seed) => ({ scenario: 0, parameters: {}, seed }))
const run = autoscaled({
  trace: constantLoad(20, 20_000),
  model: handModel({ family: 'deterministic', value: 100 }),
  policy: 'threshold',
})
const scenarios = [scenarioOf({ ...run, sla: parseSla('p95<500ms') }, { name: 'threshold' })]

it('batches change nothing, and grow where the runs are short', async () => {
  const heard: number[] = []
  const metrics = await new Stoppable(echo(heard), new AbortController().signal).run(tasks)
  expect(metrics.map(({ requests }) => requests)).toEqual(tasks.map(({ seed }) => seed))
  expect(heard.reduce((sum, size) => sum + size)).toBe(1000)
  expect(heard.length).toBeLessThan(20)
})

it('a stop is heard between two batches, and the journal has what was run until then', async () => {
  const stop = new AbortController()
  const heard: number[] = []
  const inner = echo(heard, () => heard.length === 2 && stop.abort(new Error('enough')))
  const path = join(folder, 'journal')
  const executor = new Stoppable(new JournalExecutor(inner, scenarios, path), stop.signal)
  await expect(executor.run(tasks)).rejects.toThrow('enough')
  await executor.close()
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  expect(lines).toHaveLength(heard[0]! + heard[1]!)
  expect(heard).toHaveLength(2)
})

it('the same task twice in a batch is one run and one line', async () => {
  const heard: number[] = []
  const path = join(folder, 'twice')
  const journal = new JournalExecutor(echo(heard), scenarios, path)
  const [one, other] = tasks as [Task, Task]
  const metrics = await journal.run([one, other, one])
  await journal.close()
  expect(metrics.map(({ requests }) => requests)).toEqual([0, 1, 0])
  expect(heard).toEqual([2])
  expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(2)
})

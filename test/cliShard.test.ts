import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

/** A search over the jobs of a batch system: `sim tune --shard`, `sim merge`, `sim tune --journal`. */
vi.setConfig({ testTimeout: 120_000 })
const SIM = join(import.meta.dirname, '..', 'bin', 'sim')
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
})
afterEach(() => rm(folder, { recursive: true }))

const sim = (...args: string[]) => execa(SIM, args, { cwd: folder, reject: false })
const SEARCH = ['tune', '--policy', 'pid', '--trace', 'spike', '--seeds', '4', '--method', 'random']
const TWELVE = [...SEARCH, '--evaluations', '12']
const linesOf = async (name: string) =>
  (await readFile(join(folder, name), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

it('the shares, merged, save the search all its runs but the last ones, and it finds the same', async () => {
  for (const share of ['1/2', '2/2'])
    expect((await sim(...TWELVE, '--shard', share, '--out', `${share[0]}.ndjson`)).exitCode).toBe(0)
  expect((await sim('merge', '2.ndjson', '1.ndjson', '--out', 'runs.ndjson')).exitCode).toBe(0)
  const merged = await linesOf('runs.ndjson')
  expect(merged).toHaveLength(13 * 4)
  const together = await sim(...TWELVE, '--journal', 'runs.ndjson', '--json')
  expect(together.stdout).toBe((await sim(...TWELVE, '--journal', 'alone.ndjson', '--json')).stdout)
  const alone = new Set((await linesOf('alone.ndjson')).map(({ id }) => id))
  const known = merged.filter(({ id }) => alone.has(id)).length
  expect(await linesOf('runs.ndjson')).toHaveLength(merged.length + alone.size - known)
  // Dropped candidates have run on a quarter of their seeds at the least.
  expect(known).toBeGreaterThanOrEqual(4 + 12)
})

it.each<[string[], RegExp]>([
  [[...TWELVE, '--shard', '3/2', '--out', 'x'], /--shard is "3\/2", expected a share such as 2\/4/],
  [[...SEARCH, '--shard', '1/2'], /--shard 1\/2 needs --evaluations, --out too/],
  [[...TWELVE, '--method', 'cmaes', '--shard', '1/2', '--out', 'x'], /needs --method random too/],
  [[...TWELVE, '--shard', '1/2', '--out', 'x', '--journal', 'y'], /cannot be used with option '--journal/],
])('%j is refused', async (words, message) => {
  const { exitCode, stderr } = await sim(...words)
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(message)
})

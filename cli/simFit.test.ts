import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const SIM = join(import.meta.dirname, '..', 'bin', 'sim')
const folder = mkdtempSync(join(tmpdir(), 'scaletwin-fit-'))
const log = join(folder, 'access.log')
const out = join(folder, 'own.json')
const sim = (...words: string[]) => execa(SIM, words, { reject: false, cwd: folder })

beforeAll(() => {
  const line = (i: number) =>
    `lb haproxy[1]: 10.0.1.2:33317 [06/Feb/2026:12:14:14.655] web app/srv${i % 2} 0/0/1/${40 + (i % 37)}/${41 + (i % 37)} 200 27 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/1.1"`
  writeFileSync(log, Array.from({ length: 400 }, (_, i) => `${line(i)}\n`).join(''))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('sim fit --from a log', () => {
  it('writes a model that sim run takes with a shipped trace, and says where each number is from', async () => {
    const fit = await sim('fit', '--from', log, '-o', out, '--json', '--pictures', folder)
    expect(fit.exitCode, fit.stderr).toBe(0)
    const { model, identified, remarks, heldOut } = JSON.parse(fit.stdout)
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(model)
    expect(identified[0]).toEqual({
      quantity: 'classes.*.blockingMs',
      from: 'Ta - TR - Tw of the log',
      samples: 400,
      missing: null,
    })
    expect(remarks.join()).toContain('cannot be told apart')
    expect(heldOut).toBeNull()
    for (const kind of ['fit', 'qq'])
      expect(readFileSync(join(folder, `${kind}-time-at-the-server.svg`), 'utf8')).toContain('<svg')
    const run = await sim('run', '--policy', 'pid', '--trace', 'spike', '--model', out, '--json')
    expect(run.exitCode, run.stderr).toBe(0)
  })
})

it.each([
  ['nothing to fit', [], 'sim fit needs records of live calibrate, or --from'],
  ['a log and runs', ['runs', '--from', log], 'a model is fitted to one or the other'],
  ['a base model without a log', ['runs', '--model', 'reference'], '--model reference is for --from'],
  [
    'a log that is not there',
    ['--from', 'no.log'],
    '--from no.log is not there, expected a file that can be read',
  ],
  [
    'a held-out run that is not there',
    ['--from', log, '--held-out', 'nowhere'],
    'nowhere holds no run record',
  ],
])('%s is refused: exit code 2', async (_, words, message) => {
  const { exitCode, stderr } = await sim('fit', ...words, '-o', join(folder, 'no.json'))
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(message) })
})

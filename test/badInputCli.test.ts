import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'

/** Bad files as a person meets them: exit code 2, one message with the file's name, no result, and nothing half-written. */
const ROOT = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'scaletwin-bad-'))
afterAll(() => rmSync(folder, { recursive: true }))

const RECORD = join(ROOT, 'notebooks/data/measured/spike-pid/1')

beforeAll(() => {
  const put = (name: string, bytes: string | Buffer) => writeFileSync(join(folder, name), bytes)
  execFileSync('mkfifo', [join(folder, 'pipe')])
  symlinkSync('nowhere', join(folder, 'spike'))
  put('latin.json', Buffer.from('{"name": "caf\xe9"}', 'latin1'))
  put('deep.json', '['.repeat(50_000))
  put('nul.log', 'a\0b\n')
  put('bomb.yaml', `a: &a [x]\nb: [${Array(200).fill('*a').join()}]\n`)
  put('own.md', '## abstrakt\n\nx\n')
  put('notes.txt', 'my only copy')
  put('shard.ndjson', '{"shard":1,"of":1e9,"whole":"x","ids":[]}\n')
  put('odd.json', '{"tuned": {}}')
  mkdirSync(join(folder, 'record'))
  cpSync(RECORD, join(folder, 'record'), { recursive: true })
  const ticks = readFileSync(join(RECORD, 'ticks.ndjson'), 'utf8')
  put('record/ticks.ndjson', ticks.replace('"target":1', '"target":"1"'))
})

const RUN = ['run', '--policy', 'pid', '--out', 'out']
it.each<[string, string[], string]>([
  ['a trace that is a pipe', [...RUN, '--trace', './pipe'], './pipe is a pipe, expected a regular file'],
  [
    'a link to nothing with the name of a shipped trace',
    [...RUN, '--trace', 'spike'],
    'spike is a symbolic link to nowhere',
  ],
  [
    'a trace in Latin-1',
    [...RUN, '--trace', 'latin.json'],
    'latin.json: line 1, byte 13 of the file is 0xe9',
  ],
  [
    'a model that is very deep',
    [...RUN, '--trace', 'step', '--model', 'deep.json'],
    'deep.json: line 1, column 50001',
  ],
  [
    'a parameter with a name of JavaScript’s',
    [...RUN, '--trace', 'step', '--set', 'constructor=1'],
    '--set is "constructor", expected a parameter of pid',
  ],
  [
    'a policy that is a folder',
    ['run', '--policy', './record', '--trace', 'step', '--out', 'out'],
    './record is a folder, expected a regular file',
  ],
  [
    'a log with a NUL',
    ['fit', '--from', 'nul.log', '-o', 'out'],
    '--from nul.log: line 1, byte 1 of the file is a NUL',
  ],
  [
    'an autoscaler of aliases',
    ['policies', 'import', 'bomb.yaml'],
    'bomb.yaml is not plain YAML: more than 100 aliases',
  ],
  [
    'a record with a wrong tick',
    ['plot', 'record', '-o', 'out.svg'],
    'record/ticks.ndjson: line 1: observation.target is "1", expected a number',
  ],
  [
    'a text for no section',
    ['report', 'record', '--text', 'own.md', '-o', 'out.html'],
    'own.md:1 is "## abstrakt", expected one of the sections',
  ],
  [
    'a shard of a billion',
    ['merge', 'shard.ndjson', '--out', 'out'],
    'shard.ndjson, line 1 is not the head of a shard',
  ],
  ['a file that is no result of a search', ['plot', 'odd.json', '-o', 'out.svg'], 'odd.json'],
])('%s', async (_, args, message) => {
  const before = readdirSync(folder)
  const { exitCode, stdout, stderr } = await execa(join(ROOT, 'bin/sim'), args, {
    cwd: folder,
    reject: false,
    timeout: 15_000,
  })
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toContain(message)
  expect(stderr).not.toMatch(/\n\s+at |Warning/)
  expect(readdirSync(folder)).toEqual(before)
})

import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { replaceFile } from './replaceFile.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
})
afterAll(() => rm(folder, { recursive: true }))

it('replaces the text, for all to read', async () => {
  const path = join(folder, 'a')
  await writeFile(path, 'old', { mode: 0o600 })
  await replaceFile(path, 'new')
  expect(await readFile(path, 'utf8')).toBe('new')
  expect((await stat(path)).mode & 0o777).toBe(0o644)
})

it('follows no link, wherever one was laid', async () => {
  const victim = join(folder, 'victim')
  await writeFile(victim, 'precious', { mode: 0o600 })
  const path = join(folder, 'b')
  await symlink(victim, path)
  await symlink(victim, `${path}.new`)
  await replaceFile(path, 'new')
  expect(await readFile(path, 'utf8')).toBe('new')
  expect(await readFile(victim, 'utf8')).toBe('precious')
  expect((await stat(victim)).mode & 0o777).toBe(0o600)
})

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'

/** The documents and the program say the same. */
const ROOT = join(import.meta.dirname, '..')
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8')
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md']

/** Every `bin/sim ...` and `bin/live ...` in the documents' indented blocks and inline code, without comments. */
const commands = DOCUMENTS.flatMap((name) =>
  [...read(name).matchAll(/bin\/(sim|live) ([a-z]+)([^`;#\n]*)/g)].map(([, program, verb, rest]) => ({
    text: `${program} ${verb}${rest}`.trim(),
    program: program!,
    verb: verb!,
    flags: rest!.match(/(?<=\s)--?[a-z-]+/g) ?? [],
  })),
)

it('the documents name commands', () => {
  expect(commands.length).toBeGreaterThan(12)
})

describe.each(['sim', 'live'])('every documented %s command', (program) => {
  it('exists, with each of its options', async () => {
    const verbs = new Set(commands.filter((command) => command.program === program).map(({ verb }) => verb))
    for (const verb of verbs) {
      const help = await execa(join(ROOT, 'bin', program), [verb, '--help'], { reject: false })
      expect(help.exitCode, `${program} ${verb}`).toBe(0)
      for (const { text, flags } of commands.filter(
        (command) => command.program === program && command.verb === verb,
      )) {
        for (const flag of flags) expect(help.stdout, text).toContain(flag)
      }
    }
  })
})

it('every linked or pictured file is there', () => {
  const links = DOCUMENTS.flatMap((name) =>
    [...read(name).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path!),
  )
  expect(links.length).toBeGreaterThan(2)
  expect(links.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
})

const FOLDERS = readdirSync(ROOT).filter(
  (name) => statSync(join(ROOT, name)).isDirectory() && /^[a-z]+$/.test(name),
)
const UNDOCUMENTED = ['bin', 'docs', 'runs', 'scripts']

it('the folders of the architecture are the folders that there are', () => {
  const documented = [...read('ARCHITECTURE.md').matchAll(/^\| `([a-z]+)\/`/gm)].map(([, name]) => name!)
  expect(documented.sort()).toEqual(FOLDERS.filter((name) => !UNDOCUMENTED.includes(name)).sort())
})

describe('tidy', () => {
  const sources = FOLDERS.filter((name) => name !== 'runs').flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(ts|py)$/.test(path))
      .map((path) => join(folder, path)),
  )
  it.each<[string, RegExp, string]>([
    ['work left open', /\b(TODO|FIXME|XXX)\b/, 'do it, or say in the README what is missing'],
    ['a test that is not run', /\b(it|test|describe)\.(only|skip|todo)\b/, 'run it or remove it'],
    [
      'a duration without its unit',
      /\b(delay|interval|duration)(?=\s*[:=]\s*\d{3,})/,
      'end the name in Ms or S',
    ],
  ])('no source has %s', (_name, banned, remedy) => {
    const own = 'test/documents.test.ts'
    const offenders = sources
      .filter((path) => path !== own && banned.test(read(path)))
      .map((path) => `${path}: ${remedy}`)
    expect(sources.length).toBeGreaterThan(150)
    expect(offenders).toEqual([])
  })

  it('no source is longer than 400 lines', () => {
    expect(sources.filter((path) => read(path).split('\n').length > 400)).toEqual([])
  })
})

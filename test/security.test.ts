import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../live/limits.ts'
import { UIDS } from '../live/runDir.ts'

/** SECURITY.md and the code say the same, and no source does what it says is not done. */
const ROOT = join(import.meta.dirname, '..')
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8')
const page = read('SECURITY.md')

it.each(Object.entries(LIMITS))('the limits of %s are those of its containers', (name, limits) => {
  const { memoryBytes, pids, cpus } = limits
  const row = new RegExp(`^\\| ${name}[^|]*\\| (.+) \\|$`, 'm').exec(page)?.[1]
  expect(row).toBe(`${memoryBytes / 1024 ** 2} MiB | ${pids} | ${cpus}`)
})

/** A row of the page, and where the code has its number. */
const ROWS: [row: string, file: string, code: RegExp][] = [
  ['id of an object', 'live/webapp/store.py', /^ID = .*\[A-Za-z0-9\._-\]\{0,(\d+)\}/m],
  ['body of a request to the web', 'live/webapp/app.py', /"MAX_BODY_BYTES", ([\d *]+),/],
  ['objects in the store', 'live/webapp/app.py', /"MAX_OBJECTS", (\d+),/],
  ['a silent client', 'live/webapp/app.py', /^SILENT_CLIENT_S = (\d+)/m],
  ['HAProxy’s open', 'live/proxy/haproxyConfig.ts', /MOST_DESCRIPTORS = ([\d_]+)/],
  ['body of a request to the dash', 'ui/dashboard/actions.ts', /MOST_BYTES = (\d+)/],
]
it.each(ROWS)('%s...: the page has the number of %s', (row, file, code) => {
  const inCode = code.exec(read(file))![1]!.replaceAll('_', '').split('*').map(Number)
  const first = row.startsWith('id') ? 1 : 0 // the first character of an id stands apart
  const number = inCode.reduce((product, factor) => product * factor, 1) + first
  expect(page.split('\n').find((line) => line.startsWith(`| ${row.replace('’', "'")}`))).toContain(
    `| ${number} `,
  )
})

it.each([
  ['Containerfile', UIDS.store],
  ['live/proxy/Containerfile', UIDS.proxy],
])('%s makes the user that the folder is given to, and no container is root', (file, uid) => {
  expect(read(file)).toContain(`useradd --uid ${uid} `)
  expect(read(file)).toMatch(new RegExp(`^USER ${uid}:${uid}$`, 'm'))
})

describe('no text passes through a shell', () => {
  const sources = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter(
    (path) =>
      path.endsWith('.ts') && !/(^|\/)(node_modules|runs|\.\w+)\/|\.(test|case)\.ts$|TestBed\.ts$/.test(path),
  )
  /** Their commands are made of constants and numbers; those of faults run in a container. */
  const CONSTANT = [
    'live/engine/aptMirror.ts',
    'live/faults/proxy.ts',
    'live/faults/replica.ts',
    'live/proxy/haproxyConfig.ts',
    'live/testbed.ts',
  ]

  it('a shell is named only where its command is constant', () => {
    const named = sources.filter((path) => /['"`](\/bin\/)?(ba|da)?sh['"`]/.test(read(path)))
    expect(sources.length).toBeGreaterThan(300)
    expect(named.filter((path) => !CONSTANT.includes(path))).toEqual([])
  })

  it('and no call starts one by itself', () => {
    const banned =
      /\bshell\s*:|\bexecSync\b|\bexec\b[^;\n]*from 'node:child_process'|execaCommand|\beval\(|new Function\(/
    expect(sources.filter((path) => banned.test(read(path)))).toEqual([])
  })
})

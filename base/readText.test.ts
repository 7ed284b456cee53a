import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { UserError } from './errors.ts'
import { parseJson } from './parseJson.ts'
import { eachLine } from './readLines.ts'
import { isGivenFile, readTextFile } from './readText.ts'

const folder = mkdtempSync(join(tmpdir(), 'scaletwin-text-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const written = (name: string, bytes: string | Buffer) => {
  writeFileSync(at(name), bytes)
  return at(name)
}

describe('a file that a person gives', () => {
  it('is read through links, without its byte-order mark, with its line ends as they are', () => {
    written('a', '\uFEFFone\r\ntwo\n')
    symlinkSync('a', at('link'))
    expect(readTextFile(at('link'))).toBe('one\r\ntwo\n')
    expect(readTextFile('/proc/self/comm')).not.toBe('')
  })

  it.each<[string, () => string, string]>([
    ['a name of nothing', () => at('none'), 'is not there, expected a file that can be read'],
    ['a folder', () => folder, 'is a folder, expected a regular file'],
    [
      'a file below a file',
      () => join(written('b', ''), 'c'),
      'is below something that is no folder (ENOTDIR)',
    ],
    ['a device', () => '/dev/zero', 'is a device, expected a regular file'],
    [
      'a pipe, without waiting for somebody who writes',
      () => {
        execFileSync('mkfifo', [at('pipe')])
        return at('pipe')
      },
      'is a pipe, expected a regular file. Write what comes out of it into a file first',
    ],
    [
      'a link to nothing',
      () => {
        symlinkSync('nowhere', at('dangling'))
        return at('dangling')
      },
      'is a symbolic link to nowhere, which is not there, expected a file',
    ],
    [
      'a link to itself',
      () => {
        symlinkSync('loop', at('loop'))
        return at('loop')
      },
      'is a symbolic link that leads to itself (ELOOP)',
    ],
    ['a name that is too long', () => at('x'.repeat(300)), 'is a longer name than a file can have'],
    [
      'a NUL',
      () => written('nul', 'one\ntwo\0'),
      'line 2, byte 7 of the file is a NUL, expected text in UTF-8',
    ],
    [
      'Latin-1',
      () => written('latin', Buffer.from('a\nb\nd\xe9j\xe0', 'latin1')),
      'line 3, byte 5 of the file is 0xe9',
    ],
    ['a cut character', () => written('cut', Buffer.of(0x61, 0xc3)), 'line 1, byte 1 of the file is 0xc3'],
    [
      'UTF-16',
      () => written('utf16', Buffer.from('\uFEFFa', 'utf16le')),
      'is in UTF-16, expected text in UTF-8. Convert it',
    ],
    [
      'a packed file',
      () => written('gz', Buffer.of(0x1f, 0x8b, 8)),
      'is compressed with gzip, expected text in UTF-8. Unpack it',
    ],
    [
      'a huge file, before it is read',
      () => {
        const path = written('huge', '')
        truncateSync(path, 40 * 2 ** 30)
        return path
      },
      'is 41000 MiB large, expected at most 16 MiB',
    ],
  ])('is refused where it is %s', (_, make, message) => {
    const path = make()
    expect(() => readTextFile(path)).toThrow(UserError)
    expect(() => readTextFile(path)).toThrow(`${path}`)
    expect(() => readTextFile(path)).toThrow(message)
    expect(() => eachLine(path, () => {})).toThrow(path === at('huge') ? 'longer than 64 kB' : message)
  })

  it('is refused where it is a socket', async () => {
    const server = createServer().listen(at('socket'))
    await new Promise((resolve) => server.once('listening', resolve))
    expect(() => readTextFile(at('socket'))).toThrow(/socket is a socket or a device.*expected a file/)
    server.close()
  })

  it('is refused where it may not be read', () => {
    const path = written('closed', 'x')
    const script = `import { readTextFile } from '${import.meta.dirname}/readText.ts'
      if (process.getuid() === 0) process.setuid(65534)
      try { readTextFile('${path}') } catch (error) { console.log(error.name, error.message) }`
    execFileSync('chmod', ['0', path])
    execFileSync('chmod', ['755', folder])
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    expect(said).toContain(`UserError ${path} is not readable for this user (EACCES), expected a file`)
  })

  it('is one, and no name of something shipped, where it is a link to nothing, but not where it is a folder', () => {
    mkdirSync(at('spike'))
    symlinkSync('gone', at('step'))
    expect(['spike', 'step', 'ramp'].map((name) => isGivenFile(at(name)))).toEqual([false, true, false])
  })
})

describe('a file by lines', () => {
  const linesOf = (path: string) => {
    const lines: [number, string][] = []
    eachLine(path, (text, line) => lines.push([line, text]))
    return lines
  }

  it('has them as split gives them, over the ends of what is read at once', () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => `${i} ${'é'.repeat(i % 40)}`)
    for (const end of ['\n', '\r\n'])
      expect(linesOf(written('many', `\uFEFF${lines.join(end)}`))).toEqual(
        lines.map((text, i) => [i + 1, text]),
      )
    expect(linesOf(written('empty', ''))).toEqual([])
  })

  it('names the line that is no text, however far down', () => {
    const good = 'a line of a log\n'.repeat(200_000)
    const bad = Buffer.concat([Buffer.from(good), Buffer.of(0xff), Buffer.from('\n')])
    expect(() => linesOf(written('far', bad))).toThrow(
      `line 200001, byte ${good.length} of the file is 0xff, expected text in UTF-8`,
    )
  })
})

describe('JSON', () => {
  it.each<[string, string]>([
    ['{"a": 1, "b": {"a": 2}, "a": 3}', 'f: line 1, column 25 is "a", expected each key once in an object'],
    ['{"a\\"b": 1,\n"a\\u0022b": 2}', 'f: line 2, column 1 is "a\\"b", expected each key once in an object'],
    [
      `${'['.repeat(101)}${']'.repeat(101)}`,
      'f: line 1, column 101 is "[", expected lists and objects at most 100 deep',
    ],
  ])('refuses %s', (text, message) => {
    expect(() => parseJson(text, 'f')).toThrow(new UserError(message))
  })

  it.each([
    '[{"a": 1}, {"a": 1}]',
    '{"a": "a", "b": ["a", "\\\\"], "c": "{\\"a\\":[["}',
    '"a:b"',
    `${'['.repeat(100)}${']'.repeat(100)}`,
  ])('takes %s', (text) => expect(parseJson(text, 'f')).toEqual(JSON.parse(text)))
})

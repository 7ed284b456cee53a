import { describe, expect, it } from 'vitest'
import { moduleOf } from './moduleOf.ts'
import { parseNotebook } from './notebook.ts'
import { Output } from './output.ts'

const TEXT = [
  '# A title',
  '',
  'A question?',
  '',
  '```ts fold',
  'const a: number = 1',
  `show(\`\${a}\`)`,
  '```',
  '',
  `It is \${a + 1}, and \${({ b: 2 }).b}, not \\\${a}.`,
  '',
  '```sh',
  `echo \${HOME}`,
  '```',
].join('\n')

describe('a notebook', () => {
  it('is prose and cells, each with its line', () => {
    const { title, question, parts } = parseNotebook(TEXT, 'n.md')
    expect({ title, question }).toEqual({ title: 'A title', question: 'A question?' })
    expect(parts.map(({ kind, fromLine }) => [kind, fromLine])).toEqual([
      ['prose', 1],
      ['cell', 6],
      ['prose', 9],
    ])
    expect(parts[1]).toMatchObject({
      number: 1,
      isFolded: true,
      source: TEXT.split('\n').slice(5, 7).join('\n'),
    })
  })

  it('has expressions in its prose, but not behind a backslash or in other code', () => {
    const prose = parseNotebook(TEXT, 'n.md').parts[2]!
    if (prose.kind !== 'prose') throw new Error('no prose')
    expect(prose.lines.flatMap(({ expressions }) => expressions)).toEqual(['a + 1', '({ b: 2 }).b'])
    expect(prose.lines[1]!.texts.at(-1)).toBe(`, not \${a}.`)
    expect(prose.lines[4]!.texts).toEqual([`echo \${HOME}`])
  })

  it('keeps every line in its place as a module', () => {
    const lines = moduleOf(parseNotebook(TEXT, 'n.md'), 'PREAMBLE;').split('\n')
    expect(lines[0]).toBe('PREAMBLE;')
    expect(lines[5]).toBe('const a: number = 1')
    expect(lines[9]).toContain('a + 1')
    expect(lines).toHaveLength(TEXT.split('\n').length)
  })

  it.each([
    ['a fence without an end', '# T\n\nQ?\n\n```ts\nlet a = 1\n', 'n.md:5: the fence'],
    ['an expression without an end', `# T\n\nQ?\n\nIt is \${a.\n`, `n.md:5: the \${ in column 7`],
    ['no title', 'Text\n\nQ?\n', 'n.md:1: a notebook begins with its title'],
    ['no question', '# T\n\n```ts\n```\n', 'n.md:2: below the title'],
    ['a question with a value', `# T\n\nHow is \${a}?\n`, 'n.md:2: below the title'],
  ])('is refused with %s', (_what, text, message) => {
    expect(() => parseNotebook(text, 'n.md')).toThrow(message)
  })
})

describe('output', () => {
  it.each([[null], [undefined], [Number.NaN], [''], [{}]])('refuses %s as a value of the prose', (value) => {
    expect(() => new Output().value(value)).toThrow('a value in the prose')
  })

  it('refuses a table without rows, and what it cannot show', () => {
    const output = new Output()
    output.beginCell(1)
    expect(() => output.show([])).toThrow('a table without rows')
    expect(() => output.show(3 as never)).toThrow('and not 3')
  })
})

import { describe, expect, it } from 'vitest'
import { UserError } from '../base/errors.ts'
import { parseAuthors } from './authors.ts'
import { parseOwnText } from './ownText.ts'

describe('text of one’s own', () => {
  it('is paragraphs, emphasis, code, lists and links, by section', () => {
    const own = parseOwnText(
      '## abstract\n\nA *b* **c** `d < e`\nand [f](https://g.org).\n\n## limits\n\n- one\n- two `x`\n\n```\ncode\n```\n',
      'own.md',
    )
    expect(own).toEqual({
      abstract: [
        {
          kind: 'paragraph',
          line: [
            'A ',
            { kind: 'emphasis', children: ['b'] },
            ' ',
            { kind: 'strong', children: ['c'] },
            ' ',
            { kind: 'code', text: 'd < e' },
            ' and ',
            { kind: 'link', href: 'https://g.org', children: ['f'] },
            '.',
          ],
        },
      ],
      limits: [
        { kind: 'list', ordered: false, items: [['one'], ['two ', { kind: 'code', text: 'x' }]] },
        { kind: 'code', code: 'code' },
      ],
    })
  })

  it.each([
    [
      'an unknown section',
      '## abstract\n\nA\n\n## summary\n\nB\n',
      'own.md:5',
      'abstract, motivation, architecture',
    ],
    ['a section twice', '## limits\n\nA\n\n## limits\n', 'own.md:5', 'each section once'],
    ['text before any section', 'A\n', 'own.md:1', '## abstract'],
    ['HTML', '## limits\n\n<b>A</b>\n', 'own.md:3', 'piece of HTML'],
    ['a block of HTML', '## limits\n\n<script>\nalert(1)\n</script>\n', 'own.md:3', 'piece of HTML'],
    ['a picture', '## limits\n\nx\n\n![a](b.png)\n', 'own.md:5', 'picture'],
    ['a table', '## limits\n\n| a |\n| --- |\n| b |\n', 'own.md:3', 'table'],
    [
      'a heading of another level',
      '## limits\n\n### A\n',
      'own.md:3',
      'heading that is not of the second level',
    ],
    ['a link that runs code', '## limits\n\n[a](javascript:alert(1))\n', 'own.md:3', 'link to neither'],
    ['a list in a list', '## limits\n\n- a\n  - b\n', 'own.md:3', 'list'],
  ])('refuses %s with its line', (_, text, place, word) => {
    expect(() => parseOwnText(text, 'own.md')).toThrow(UserError)
    expect(() => parseOwnText(text, 'own.md')).toThrow(place)
    expect(() => parseOwnText(text, 'own.md')).toThrow(word)
  })
})

describe('authors', () => {
  it('are names with what they did', async () => {
    expect(await parseAuthors('- name: A\n  contributions: [x, y]\n- name: B\n', 'a.yaml')).toEqual([
      { name: 'A', contributions: ['x', 'y'] },
      { name: 'B', contributions: [] },
    ])
  })

  it.each([
    ['name: A\n', 'a.yaml is an object, expected a list'],
    ['- affiliation: X\n', 'a.yaml: [0].name is missing, expected a text'],
    ['- name: A\n  mail: b\n', 'a.yaml: [0].mail is "b", expected no key of this name'],
    ['- name: A\n- name: B\n  email: b\n', 'a.yaml: [1].email is "b", expected an e-mail address'],
    ['- name: A\n  contributions: x\n', 'a.yaml: [0].contributions is "x", expected a list'],
    ['- name: [A\n', 'a.yaml is not plain YAML: Flow sequence'],
    ['', 'a.yaml is missing, expected a list'],
    ['null', 'a.yaml is null, expected a list'],
    ['- name: A\n---\n- name: B\n', 'a.yaml is "2 documents", expected one list'],
  ])('refuses %j by its place', async (yaml, place) => {
    await expect(parseAuthors(yaml, 'a.yaml')).rejects.toThrow(UserError)
    await expect(parseAuthors(yaml, 'a.yaml')).rejects.toThrow(place)
  })
})

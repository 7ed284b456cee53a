import type { ReportDocument } from './document.ts'

/** Every character that means something in Typst, HTML or Markdown. */
export const NASTY = String.raw`#let x = 1 $a$ @b *c* _d_ <e> \f "g" 'h' ~ & ]] [ { } // ${'`'}i${'`'} = - + /* */`

/** A document with every kind of block, the nasty text wherever text can stand. */
export function nastyDocument(): ReportDocument {
  return {
    title: NASTY,
    authors: [
      { name: NASTY, affiliation: NASTY, email: 'a@example.org', contributions: [NASTY] },
      { name: 'B', contributions: [] },
    ],
    abstract: [{ kind: 'paragraph', line: [NASTY] }],
    sections: [
      {
        id: 'first',
        title: NASTY,
        blocks: [
          { kind: 'heading', level: 2, id: 'inside', text: NASTY },
          { kind: 'heading', level: 3, id: 'deeper', text: NASTY },
          {
            kind: 'paragraph',
            line: [
              NASTY,
              { kind: 'code', text: NASTY },
              { kind: 'emphasis', children: [NASTY] },
              { kind: 'strong', children: [NASTY] },
              { kind: 'link', href: 'https://example.org/?a="<b>', children: [NASTY] },
              { kind: 'ref', id: 'figure-a' },
              { kind: 'ref', id: 'table-a' },
              { kind: 'ref', id: 'listing-a' },
              { kind: 'ref', id: 'inside' },
            ],
          },
          { kind: 'list', ordered: true, items: [[NASTY]] },
          { kind: 'list', ordered: false, items: [[NASTY], ['b']] },
          { kind: 'code', code: `${NASTY}\nsecond line` },
          {
            kind: 'figure',
            id: 'figure-a',
            caption: [NASTY],
            description: NASTY,
            drawing: {
              kind: 'svg',
              svg: '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="20"><rect width="100" height="20" fill="#0072b2"/></svg>',
            },
          },
          {
            kind: 'table',
            id: 'table-a',
            caption: [NASTY],
            head: [NASTY, 'n'],
            rows: [
              [NASTY, '1'],
              ['', '2'],
            ],
            words: [0],
            flexible: 0,
          },
          { kind: 'listing', id: 'listing-a', caption: [NASTY], code: NASTY },
        ],
      },
      { id: 'second', title: 'Second', blocks: [] },
    ],
  }
}

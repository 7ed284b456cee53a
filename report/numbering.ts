import { assert } from '../base/assert.ts'
import type { Block, Inline, Line, ReportDocument } from './document.ts'
import { blocksOf } from './document.ts'

/** What a reference says, by id: "Figure 3", "Section 4.2". */
export type Numbers = ReadonlyMap<string, string>

const COUNTED = { figure: 'Figure', table: 'Table', listing: 'Listing' } as const

/**
 * Figures, tables and listings are counted through the document, headings within their section.
 * @throws Error (a bug) where two have one id, or something is referred to that is not there.
 */
export function numbersOf(document: ReportDocument): Numbers {
  const numbers = new Map<string, string>()
  const note = (id: string, text: string) => {
    assert(!numbers.has(id), `the id ${id} is used once`)
    numbers.set(id, text)
  }
  const counts = { figure: 0, table: 0, listing: 0 }
  document.sections.forEach(({ id, blocks }, s) => {
    note(id, `Section ${s + 1}`)
    const headings = blocks.filter((block) => block.kind === 'heading' && block.level === 2)
    for (const block of blocks) {
      if (block.kind === 'heading' && block.level === 2)
        note(block.id, `Section ${s + 1}.${headings.indexOf(block) + 1}`)
      if (isCounted(block)) note(block.id, `${COUNTED[block.kind]} ${++counts[block.kind]}`)
    }
  })
  for (const id of blocksOf(document).flatMap(refsOfBlock))
    assert(numbers.has(id), `what ${id} names is there`)
  return numbers
}

type Counted = Extract<Block, { kind: keyof typeof COUNTED }>

function isCounted(block: Block): block is Counted {
  return block.kind in COUNTED
}

function refsOfBlock(block: Block): string[] {
  if (block.kind === 'paragraph') return refsOf(block.line)
  if (block.kind === 'list') return block.items.flatMap(refsOf)
  return isCounted(block) ? refsOf(block.caption) : []
}

const refsOf = (line: Line): string[] => line.flatMap(refsOfPiece)

function refsOfPiece(piece: Inline): string[] {
  if (typeof piece === 'string' || piece.kind === 'code') return []
  return piece.kind === 'ref' ? [piece.id] : refsOf(piece.children)
}

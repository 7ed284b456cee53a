import { lexer, type Token, type Tokens } from 'marked'
import { badInput, UserError } from '../base/errors.ts'
import type { Block, Inline, Line } from './document.ts'

/** Where text of one's own can go. */
export const OWN_SECTIONS = [
  'abstract',
  'motivation',
  'architecture',
  'policy',
  'calibration',
  'final',
  'discussion',
  'limits',
] as const
export type OwnSection = (typeof OWN_SECTIONS)[number]

export type OwnText = Partial<Record<OwnSection, readonly Block[]>>

const SUPPORTED =
  'paragraphs, emphasis, code, lists without further lists in them, and links to http(s) or mailto addresses'

/**
 * Text of one's own: Markdown whose headings of the second level name where it goes (`## abstract`).
 * @param place the file, for the messages.
 * @throws UserError with the line, for a section that does not exist or is there twice, for text before the first heading, and for
 *   everything but paragraphs, emphasis, code, lists and links.
 */
export function parseOwnText(markdown: string, place: string): OwnText {
  const own: OwnText = {}
  let name: OwnSection | null = null
  let blocks: Block[] = []
  let line = 1
  for (const token of lexer(markdown)) {
    const where = `${place}:${line}`
    line += token.raw.split('\n').length - 1
    if (token.type === 'heading' && token.depth === 2) {
      name = sectionOf(token.text.trim(), where)
      if (own[name]) throw badInput({ place: where, value: `## ${name}`, expected: 'each section once' })
      blocks = []
      own[name] = blocks
    } else if (token.type !== 'space') {
      const block = blockOf(token, where)
      if (name === null)
        throw badInput({
          place: where,
          value: token.raw.trim(),
          expected: `a heading first that says where the text goes: ## ${OWN_SECTIONS.join(', ## ')}`,
        })
      blocks.push(block)
    }
  }
  return own
}

function sectionOf(text: string, place: string): OwnSection {
  const known = OWN_SECTIONS.find((section) => section === text.toLowerCase())
  if (known) return known
  throw badInput({ place, value: `## ${text}`, expected: `one of the sections ${OWN_SECTIONS.join(', ')}` })
}

function blockOf(token: Token, place: string): Block {
  if (token.type === 'paragraph') return { kind: 'paragraph', line: lineOf(token.tokens!, place) }
  if (token.type === 'code') return { kind: 'code', code: token.text }
  if (token.type === 'list') {
    const { ordered, items } = token as Tokens.List
    return { kind: 'list', ordered, items: items.map((item) => itemOf(item, place)) }
  }
  throw unsupported(token, place)
}

function itemOf(item: Tokens.ListItem, place: string): Line {
  if (item.task) throw unsupported(item, place)
  return item.tokens.flatMap((token, i): Inline[] => {
    if (token.type !== 'text' && token.type !== 'paragraph') throw unsupported(token, place)
    const line = token.tokens ? lineOf(token.tokens, place) : [token.text]
    return i === 0 ? [...line] : [' ', ...line]
  })
}

const lineOf = (tokens: readonly Token[], place: string): Line => tokens.map((token) => pieceOf(token, place))

function pieceOf(token: Token, place: string): Inline {
  if (token.type === 'text' || token.type === 'escape') return joined(token.text)
  if (token.type === 'br') return ' '
  if (token.type === 'codespan') return { kind: 'code', text: token.text }
  if (token.type === 'em') return { kind: 'emphasis', children: lineOf(token.tokens!, place) }
  if (token.type === 'strong') return { kind: 'strong', children: lineOf(token.tokens!, place) }
  if (token.type === 'link' && /^(https?:|mailto:)/.test(token.href))
    return { kind: 'link', href: token.href, children: lineOf(token.tokens!, place) }
  throw unsupported(token, place)
}

/** A paragraph's lines are one text. */
const joined = (text: string) => text.replace(/\s*\n\s*/g, ' ')

function unsupported({ type, raw }: { type: string; raw: string }, place: string): UserError {
  const start = raw.trim().split('\n')[0]!
  return new UserError(
    `${place} has a ${NAMES[type] ?? type} (${JSON.stringify(start.slice(0, 60))}); what may stand there: ${SUPPORTED}`,
  )
}

const NAMES: Readonly<Record<string, string>> = {
  html: 'piece of HTML',
  heading: 'heading that is not of the second level',
  hr: 'rule',
  image: 'picture',
  del: 'struck-out text',
  list_item: 'list of tasks',
  link: 'link to neither http(s) nor mailto',
}

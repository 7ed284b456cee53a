import { UserError } from '../base/errors.ts'

/** A notebook as it is written: Markdown, whose `ts` fences are cells. */
export interface Notebook {
  /** Path of its file, as errors name it. */
  path: string
  title: string
  /** The first paragraph. */
  question: string
  parts: Part[]
}

/** Lines are counted from 1, as editors do. */
export type Part =
  | { kind: 'prose'; fromLine: number; lines: ProseLine[] }
  | { kind: 'cell'; number: number; fromLine: number; source: string; isFolded: boolean }

/** Text with the expressions in it: `texts` has one element more than `expressions`. */
export interface ProseLine {
  texts: string[]
  expressions: string[]
}

const FENCE = /^```(.*)$/

/**
 * Reads a notebook: a title (`# ...`), a question (the first paragraph), then prose and cells. A cell is a fence of
 * `ts`, or of `ts fold` where the page shows its code on demand. In prose `${expression}` stands for a value; `\${` is literal.
 * @throws UserError with file and line where a fence or an expression does not end, or title or question is missing.
 */
export function parseNotebook(text: string, path: string): Notebook {
  const parts: Part[] = []
  const lines = text.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const info = FENCE.exec(lines[i]!)?.[1]?.trim()
    const end = info === undefined ? i : endOfFence(lines, i, path)
    if (info === 'ts' || info === 'ts fold') {
      const number = 1 + parts.filter(({ kind }) => kind === 'cell').length
      const source = lines.slice(i + 1, end).join('\n')
      parts.push({ kind: 'cell', number, fromLine: i + 2, source, isFolded: info === 'ts fold' })
    } else {
      const isText = info === undefined
      for (let k = i; k <= end; k++)
        proseAt(parts, k + 1).lines.push(
          isText ? proseLine(lines[k]!, `${path}:${k + 1}`) : { texts: [lines[k]!], expressions: [] },
        )
    }
    i = end
  }
  return { path, ...headOf(lines, path), parts }
}

/** The prose that is being read, or a new one behind a cell. */
function proseAt(parts: Part[], fromLine: number): Extract<Part, { kind: 'prose' }> {
  const last = parts.at(-1)
  if (last?.kind === 'prose') return last
  const prose: Part = { kind: 'prose', fromLine, lines: [] }
  parts.push(prose)
  return prose
}

function endOfFence(lines: readonly string[], from: number, path: string): number {
  const end = lines.findIndex((line, k) => k > from && line.trimEnd() === '```')
  if (end < 0) throw new UserError(`${path}:${from + 1}: the fence that begins here does not end. Add \`\`\``)
  return end
}

function proseLine(line: string, place: string): ProseLine {
  const read: ProseLine = { texts: [], expressions: [] }
  let text = ''
  for (let i = 0; i < line.length; i++) {
    if (line.startsWith('\\${', i)) {
      text += '${'
      i += 2
    } else if (line.startsWith('${', i)) {
      const end = endOfExpression(line, i + 2)
      if (end < 0) throw new UserError(`${place}: the \${ in column ${i + 1} has no } on its line`)
      read.texts.push(text)
      read.expressions.push(line.slice(i + 2, end))
      text = ''
      i = end
    } else text += line[i]
  }
  read.texts.push(text)
  return read
}

/** Position of the brace that closes the one before `from`; -1 where there is none. */
function endOfExpression(line: string, from: number): number {
  let depth = 1
  for (let i = from; i < line.length; i++) {
    if (line[i] === '{') depth++
    if (line[i] === '}') depth--
    if (depth === 0) return i
  }
  return -1
}

/** Title and question are known without running anything: the index shows them. */
function headOf(lines: readonly string[], path: string): { title: string; question: string } {
  const title = /^# (.+)$/.exec(lines[0] ?? '')?.[1]
  if (!title) throw new UserError(`${path}:1: a notebook begins with its title: # What it is about`)
  const from = lines.findIndex((line, i) => i > 0 && line.trim() !== '')
  const length = lines.slice(from).findIndex((line) => line.trim() === '')
  const question = lines.slice(from, length < 0 ? undefined : from + length).join(' ')
  if (from < 0 || FENCE.test(question) || question.includes('${'))
    throw new UserError(`${path}:2: below the title stands the question, a paragraph without values`)
  return { title, question }
}

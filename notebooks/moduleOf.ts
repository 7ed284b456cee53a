import type { Notebook, Part } from './notebook.ts'

/** What the module of a notebook calls. */
export const BEGIN = '$cell'
export const VALUE = '$value'

/**
 * The notebook as one TypeScript module, each line of which stands where it stands in the Markdown: so a position in
 * the module is a position in the notebook, and Node's own messages name it. Prose becomes empty lines and calls
 * that hand over its values, in order.
 * @param preamble binds `show`, BEGIN and VALUE; it shares the first line with the title.
 */
export function moduleOf({ parts }: Notebook, preamble: string): string {
  const lines = parts.flatMap(linesOf)
  return [`${preamble}${lines[0] ?? ''}`, ...lines.slice(1)].join('\n')
}

function linesOf(part: Part): string[] {
  if (part.kind === 'prose')
    return part.lines.map(({ expressions }) => expressions.map((text) => `;${VALUE}((${text}));`).join(''))
  return [`;${BEGIN}(${part.number});`, ...part.source.split('\n'), ';']
}

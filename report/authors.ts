import { z } from 'zod'
import { messageOf, UserError } from '../base/errors.ts'
import type { Author } from './document.ts'

const AUTHORS = z
  .array(
    z.strictObject({
      name: z.string().min(1),
      affiliation: z.string().min(1).optional(),
      email: z.email().optional(),
      contributions: z.array(z.string().min(1)).default([]),
    }),
  )
  .min(1)

/**
 * The authors, from YAML: a list of `name`, and where wanted `affiliation`, `email` and a list of `contributions`.
 * @param place the file, for the messages.
 * @throws UserError saying which entry is wrong.
 */
export async function parseAuthors(yaml: string, place: string): Promise<Author[]> {
  const { parse } = await import('yaml')
  let value: unknown
  try {
    value = parse(yaml)
  } catch (error) {
    throw new UserError(`${place} is not YAML: ${messageOf(error)}`)
  }
  const parsed = AUTHORS.safeParse(value)
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.map(({ path, message }) => {
    const at = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
    return `${place}${at}: ${message}`
  })
  throw new UserError(
    `${lines.join('\n')}\nexpected a list such as\n- name: A. Person\n  affiliation: A University\n  contributions: [controller, experiments]`,
  )
}

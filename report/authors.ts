import { z } from 'zod'
import { badInput, UserError } from '../base/errors.ts'
import { parseYaml } from '../base/parseYaml.ts'
import { schemaProblems } from '../base/schemaProblems.ts'
import type { Author } from './document.ts'

const AUTHORS = z
  .array(
    z.strictObject({
      name: z.string().min(1),
      affiliation: z.string().min(1).optional(),
      email: z.email({ error: 'an e-mail address' }).optional(),
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
  const documents = await parseYaml(yaml, place)
  if (documents.length > 1)
    throw badInput({ place, value: `${documents.length} documents`, expected: 'one list' })
  const [value] = documents
  const parsed = AUTHORS.safeParse(value)
  if (parsed.success) return parsed.data
  const { message } = schemaProblems(parsed.error.issues, { value, file: place })
  throw new UserError(
    `${message}\nexpected a list such as\n- name: A. Person\n  affiliation: A University\n  contributions: [controller, experiments]`,
  )
}

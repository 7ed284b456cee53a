import { basename } from 'node:path'
import type { ZodType } from 'zod'
import { UserError } from '../base/errors.ts'
import { parseJson } from '../base/parseJson.ts'
import { isGivenFile, LONGEST_TEXT_BYTES, readBytesFile, textOf } from '../base/readText.ts'
import { schemaProblems } from '../base/schemaProblems.ts'
import { wholeLines } from './repair.ts'

/** The values of an NDJSON file; with `cut` an end that a killed writer left is left out, and its bytes are noted there. */
export function readLines(path: string, cut: Record<string, number> | null): unknown[] {
  if (!isGivenFile(path)) {
    if (cut) return []
    throw new UserError(`${path} is missing: the record is incomplete`)
  }
  const bytes = readBytesFile(path, { mostBytes: LONGEST_TEXT_BYTES })
  const { cutBytes } = cut ? wholeLines(bytes) : { cutBytes: 0 }
  if (cut && cutBytes > 0) cut[basename(path)] = cutBytes
  const lines = textOf(bytes.subarray(0, bytes.length - cutBytes), path).split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line, i) => parseJson(line, path, i + 1))
}

/** The same values, where each is what its schema says. @throws UserError for the first one that is not. */
export function checkEach<Row>(values: readonly unknown[], schema: ZodType<Row>, path: string): Row[] {
  return values.map((value, i) => checked(value, schema, `${path}: line ${i + 1}`))
}

/** The same value, not a copy: its keys stay in their order. @param place for messages. */
export function checked<Value>(value: unknown, schema: ZodType<Value>, place: string): Value {
  const result = schema.safeParse(value)
  if (result.success) return value as Value
  throw schemaProblems(result.error.issues, { value, file: place })
}

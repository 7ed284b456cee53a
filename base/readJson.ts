import { parseJson } from './parseJson.ts'
import { type GivenFile, readTextFile } from './readText.ts'

/** The value in a JSON file that a person gives. @throws UserError with file, line, column, value and expectation. */
export function readJsonFile(path: string, file: GivenFile = {}): unknown {
  return parseJson(readTextFile(path, file), file.place ?? path)
}

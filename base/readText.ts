import { isUtf8 } from 'node:buffer'
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs'
import { UserError } from './errors.ts'

/** Files that a person gives are read here alone, so that each says the same of what it cannot be. */
export interface GivenFile {
  /** How messages call it, such as `--text own.md`; the path where there is none. */
  place?: string
  /** A larger file is refused before it is read. */
  mostBytes?: number
}

const MIB = 2 ** 20
/** Enough for what people write by hand. */
const MOST_TEXT_BYTES = 16 * MIB
/** V8 has no longer string than 2^29 - 24 characters. */
export const LONGEST_TEXT_BYTES = 500 * MIB

/** Whether a name is that of a file, or of a link that leads nowhere: then it is no name of something shipped. */
export function isGivenFile(path: string): boolean {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    return found
      ? !found.isDirectory()
      : (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false)
  } catch (error) {
    // A link to itself, a folder that is closed to this user: whoever reads it says so.
    return !['ENOTDIR', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code!)
  }
}

/**
 * The text of a regular file, without a byte-order mark; a symbolic link is followed. Line ends stay as they are.
 * @throws UserError with the place, what it is and what was expected: for no file, one that may not be read, a folder, a pipe,
 *   a device, one that is too large, and what is no UTF-8 text.
 */
export function readTextFile(
  path: string,
  { place = path, mostBytes = MOST_TEXT_BYTES }: GivenFile = {},
): string {
  return textOf(readBytesFile(path, { place, mostBytes }), place)
}

/** The same, of a file that need not be text. */
export function readBytesFile(
  path: string,
  { place = path, mostBytes = MOST_TEXT_BYTES }: GivenFile = {},
): Buffer {
  const file = openGiven(path, place)
  try {
    const tooLarge = (bytes: string) => unfit(place, `${bytes} large`, `at most ${mebibytes(mostBytes)}`)
    const { size } = fstatSync(file)
    if (size > mostBytes) throw tooLarge(mebibytes(size))
    const chunks: Buffer[] = []
    let total = 0
    // Until its end, not until its size: files of /proc have none, and one that is written to grows.
    for (;;) {
      const chunk = Buffer.allocUnsafe(Math.max(64 * 1024, total === 0 ? size + 1 : 0))
      const count = readGiven(file, chunk, place)
      if (count === 0) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
      total += count
      if (total > mostBytes) throw tooLarge(`more than ${mebibytes(mostBytes)}`)
      chunks.push(chunk.subarray(0, count))
    }
  } finally {
    closeSync(file)
  }
}

/** A descriptor of a regular file, for reading. Never waits: a pipe that nobody writes to is refused as well. */
export function openGiven(path: string, place: string): number {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    throw unopened(path, place, error as NodeJS.ErrnoException)
  }
  const stats = fstatSync(file)
  if (stats.isFile()) return file
  closeSync(file)
  const { what, remedy } = kindOf(stats)
  throw unfit(place, what, 'a regular file', remedy)
}

export function readGiven(file: number, chunk: Buffer, place: string): number {
  try {
    return readSync(file, chunk)
  } catch (error) {
    throw unopened(place, place, error as NodeJS.ErrnoException)
  }
}

/**
 * Bytes as text. @param first where they begin in their file, for messages.
 * @throws UserError with line and byte of the first one that is no UTF-8, or is a NUL.
 */
export function textOf(
  bytes: Buffer,
  place: string,
  first: { line: number; byte: number } = { line: 1, byte: 0 },
): string {
  const zero = bytes.indexOf(0)
  if (zero < 0 && isUtf8(bytes)) {
    const text = bytes.toString('utf8')
    return first.byte === 0 && text.startsWith('\uFEFF') ? text.slice(1) : text
  }
  if (first.byte === 0) assertNoOtherFormat(bytes, place)
  const wrong = zero >= 0 && isUtf8(bytes.subarray(0, zero)) ? zero : firstWrongByte(bytes)
  const line = first.line + bytes.subarray(0, wrong).toString('latin1').split('\n').length - 1
  const what = bytes[wrong] === 0 ? 'a NUL' : `0x${bytes[wrong]!.toString(16).padStart(2, '0')}`
  throw unfit(`${place}: line ${line}, byte ${first.byte + wrong} of the file`, what, 'text in UTF-8')
}

/** By bisection: the longest beginning that is UTF-8, but for a character that is cut at its end. */
function firstWrongByte(bytes: Buffer): number {
  let good = 0
  let bad = bytes.length
  const isGood = (end: number) =>
    [0, 1, 2, 3].some((cut) => end >= cut && isUtf8(bytes.subarray(0, end - cut)))
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1
    if (isGood(middle)) good = middle
    else bad = middle
  }
  while (good > 0 && !isUtf8(bytes.subarray(0, good))) good--
  return good
}

function assertNoOtherFormat(bytes: Buffer, place: string): void {
  const [a, b] = bytes
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff))
    throw unfit(place, 'in UTF-16', 'text in UTF-8', 'Convert it: iconv -f utf-16 -t utf-8')
  if (a === 0x1f && b === 0x8b)
    throw unfit(place, 'compressed with gzip', 'text in UTF-8', 'Unpack it: gunzip -c')
}

function kindOf(stats: Stats): { what: string; remedy?: string } {
  if (stats.isDirectory()) return { what: 'a folder' }
  if (stats.isFIFO()) return { what: 'a pipe', remedy: 'Write what comes out of it into a file first' }
  return { what: 'a device' }
}

const CODES: Readonly<Record<string, string>> = {
  EACCES: 'not readable for this user (EACCES)',
  EPERM: 'not readable for this user (EPERM)',
  ELOOP: 'a symbolic link that leads to itself (ELOOP)',
  ENXIO: 'a socket or a device that does not answer (ENXIO)',
  ENOTDIR: 'below something that is no folder (ENOTDIR)',
  ENAMETOOLONG: 'a longer name than a file can have (ENAMETOOLONG)',
  ERR_INVALID_ARG_VALUE: 'a name with a NUL in it',
}

function unopened(path: string, place: string, error: NodeJS.ErrnoException): UserError {
  const code = error.code ?? ''
  const what = code === 'ENOENT' ? missing(path) : (CODES[code] ?? `unreadable (${code || error.message})`)
  return unfit(place, what, 'a file that can be read', undefined, error)
}

function missing(path: string): string {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()
  return isLink ? `a symbolic link to ${readlinkSync(path)}, which is not there` : 'not there'
}

const mebibytes = (bytes: number) => `${Number((bytes / MIB).toPrecision(3))} MiB`

function unfit(place: string, what: string, expected: string, remedy?: string, cause?: unknown): UserError {
  return new UserError(`${place} is ${what}, expected ${expected}${remedy ? `. ${remedy}` : ''}`, { cause })
}

import { createHash } from 'node:crypto'

/** SHA-256 of a text's UTF-8 bytes, in hexadecimal. sha256.browser.ts is the same for a browser; package.json chooses (`imports`). */
export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex')

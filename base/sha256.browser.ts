import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/** As in sha256.ts, where there is no node:crypto, and the browser's own gives its result only later. */
export const sha256Hex = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)))

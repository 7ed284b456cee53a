import { sha256Hex } from '#sha256'

/** SHA-256 in hex of a value's canonical JSON (object keys sorted), so that equal values have equal hashes. */
export function hashOf(value: unknown): string {
  return sha256Hex(canonicalJson(value))
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

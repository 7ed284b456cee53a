/** One promise, what came out, and whether it was kept. */
export interface Verdict {
  what: string
  found: string
  met: boolean
}

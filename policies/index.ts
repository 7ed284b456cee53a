import { pid } from './pid.ts'
import type { Policy } from './policy.ts'
import { staticPolicy } from './static.ts'
import { threshold } from './threshold.ts'

/** The table of contents: every policy that a name on the command line can mean. */
export const POLICIES: readonly Policy[] = [staticPolicy, threshold, pid]

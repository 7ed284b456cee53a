import { randomBytes } from 'node:crypto'
import { isRunning, parseProcessId, processId, processIdText } from '../base/processId.ts'

/** Begins the name of everything that is made for a moment and belongs to no run. */
export const SCRATCH_PREFIX = 'scaletwin-of-'

/**
 * A name for a temporary folder or image that tells which process made it, so that others can remove what a killed one
 * left: `scaletwin-of-<process>-<what>-<random>`.
 */
export function scratchName(what: string): string {
  return `${SCRATCH_PREFIX}${processIdText(processId())}-${what}-${randomBytes(4).toString('hex')}`
}

/** Whether the name is a scratch name whose process is gone. */
export function isAbandoned(name: string): boolean {
  if (!name.startsWith(SCRATCH_PREFIX)) return false
  const maker = parseProcessId(name.slice(SCRATCH_PREFIX.length).split('-')[0]!)
  return maker !== null && !isRunning(maker)
}

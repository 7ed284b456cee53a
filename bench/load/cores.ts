import { availableParallelism } from 'node:os'

/** The command, held to the first or the last core where there are several: what measures and what is measured each have one. */
export function onCore(which: 'first' | 'last', command: readonly string[]): string[] {
  const cores = availableParallelism()
  if (cores === 1) return [...command]
  return ['taskset', '-c', String(which === 'first' ? 0 : cores - 1), ...command]
}

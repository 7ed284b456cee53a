import { type ProcessId, parseProcessId, processId } from '../base/processId.ts'

/** Everything that a run makes carries this label with the run's id as its value; clean-up goes by it alone. */
export const RUN_LABEL = 'scaletwin.run'
/** The process that the run belongs to; `live up` leaves 0: nobody's, until `live down`. */
export const OWNER_LABEL = 'scaletwin.owner'
/** When that process started: a later one with the same pid is not the owner. */
const OWNER_STARTED_LABEL = 'scaletwin.owner-started'
/** What a container is: `proxy` or `replica`. */
export const ROLE_LABEL = 'scaletwin.role'
export const runLabel = (id: string): string => `${RUN_LABEL}=${id}`
export const resourceName = (id: string, what: string): string => `scaletwin-${id}-${what}`

/** The run that a resourceName is of; null for any other name. */
export const runOfResource = (name: string): string | null =>
  /^scaletwin-([0-9a-f]{8})-/.exec(name)?.[1] ?? null

/** As `live up` leaves a testbed. */
export const NOBODY: ProcessId = { pid: 0, started: null }

export const ownerOfPid = (pid: number): ProcessId => (pid === 0 ? NOBODY : processId(pid))

export function ownerLabels(pid: number): Record<string, string> {
  const { started } = ownerOfPid(pid)
  return { [OWNER_LABEL]: String(pid), ...(started === null ? {} : { [OWNER_STARTED_LABEL]: started }) }
}

/** Null where the labels do not tell. */
export function ownerInLabels(labels: Readonly<Record<string, string>>): ProcessId | null {
  const started = labels[OWNER_STARTED_LABEL]
  return parseProcessId([labels[OWNER_LABEL] ?? '', ...(started ? [started] : [])].join('.'))
}

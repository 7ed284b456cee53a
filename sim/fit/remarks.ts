import { doubtsOf } from '../../record/doubts.ts'
import type { RunRecord } from '../../record/schema.ts'
import { isSilent } from './ownService.ts'
import type { Sampled } from './service.ts'

/** What of the runs' settings does not suit a fit. */
export function remarksOnRuns(records: readonly RunRecord[], ids: readonly string[]): string[] {
  const loaded = records.filter(({ requests }) => requests.intendedMs.length > 0)
  const settings = (name: string) => new Set(loaded.flatMap(({ run }) => run.app?.[name] ?? []))
  const differing = ['delay', 'objectBytes'].filter((name) => settings(name).size > 1)
  const several = loaded.filter(({ run }) => run.service.maxconn !== 1)
  return [
    ...records.flatMap((record, i) => {
      const doubts = doubtsOf(record)
      return doubts.length === 0 ? [] : [`${ids[i]} is fitted although it is not valid: ${doubts.join('; ')}`]
    }),
    ...differing.map(
      (name) =>
        `the runs are of different applications (${name}: ${[...settings(name)].join(', ')}): the model is a mixture of them. Fit each on its own`,
    ),
    ...(loaded.some(isSilent)
      ? [
          'the service says nothing of its work (X-Block-Ms, X-Cpu-Ms): all the time that it holds a server is taken for blocking, so cores are not shared for it',
        ]
      : []),
    ...(several.length > 0
      ? [
          `${several.length} runs gave a server more than one request at once: the wait at the server counts to the overhead there; make them with --maxconn 1`,
        ]
      : []),
  ]
}

/** What the samples had to leave out, and what they suffer from for lack of better ones. */
export function remarksOnSamples({ classes, censored, stretched, biased, byTimers }: Sampled): string[] {
  const calm = 'a run below saturation has no such requests: live calibrate saturation'
  return [
    ...[...classes]
      .filter(([, own]) => own.cpuMs.length < 100)
      .map(
        ([name, own]) =>
          `class ${name}: only ${own.cpuMs.length} requests; more with live calibrate saturation --mix ${name}=1`,
      ),
    ...(censored > 0
      ? [
          `${censored} answered requests left out: more than 0.5 % of those around them got no answer, and of such requests the short ones are answered`,
        ]
      : []),
    ...biased.byUnanswered.map(
      (name) =>
        `class ${name}: its work is biased to the short: nearly all of its requests are from overloaded spans with unanswered requests; ${calm}`,
    ),
    ...(stretched > 0
      ? [
          `${stretched} requests left out of blocking and overhead: more than 70 % of the host's cores were busy, so their wall clock holds waits for a core`,
        ]
      : []),
    ...biased.byBusyHost.map(
      (name) =>
        `class ${name}: its overhead holds waits for a core: the host's cores were busy nearly all the time; a run with one replica would tell: live calibrate saturation`,
    ),
    ...byTimers.map(
      (name) =>
        `class ${name}: its overhead is from the proxy's whole-millisecond timers: too few requests back to back; live calibrate saturation --mix ${name}=1`,
    ),
  ]
}

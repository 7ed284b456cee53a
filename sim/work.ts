import { UserError } from '../base/errors.ts'
import { stream } from '../base/random.ts'
import { sampler } from './distribution.ts'
import type { Model } from './model.ts'
import type { Request } from './request.ts'

/**
 * Makes each arriving request with the work that it will ask for. Every class and every part of the work
 * has a random stream of its own and is drawn at arrival, so no policy, server or queue can change it.
 */
export function workSource(
  model: Model,
  seed: number,
): (index: number, name: string, atMs: number) => Request {
  const transit = sampler(model.transitMs.distribution, stream(seed, 'transit'))
  const classes = new Map(
    Object.entries(model.classes).map(([name, { blockingMs, cpuMs, overheadMs }]) => [
      name,
      {
        blocking: sampler(blockingMs.distribution, stream(seed, `blocking/${name}`)),
        cpu: sampler(cpuMs.distribution, stream(seed, `cpu/${name}`)),
        overhead: sampler(overheadMs.distribution, stream(seed, `overhead/${name}`)),
      },
    ]),
  )
  return (index, name, atMs) => {
    const draws = classes.get(name)
    if (!draws) throw unknownClass(name, model)
    return {
      index,
      class: name,
      intendedMs: atMs,
      blockingMs: draws.blocking(),
      cpuMs: draws.cpu(),
      overheadMs: draws.overhead(),
      transitMs: transit(),
      joinedMs: Number.NaN,
      dispatchedMs: Number.NaN,
      leftMs: Number.NaN,
      retries: 0,
      state: 'queued',
      server: '',
      giveUp: null,
      doneMs: Number.NaN,
      outcome: 'unanswered',
      status: 0,
    }
  }
}

function unknownClass(name: string, model: Model): UserError {
  const known = Object.keys(model.classes).join(', ')
  return new UserError(
    `the trace has requests of class ${JSON.stringify(name)}, but the model ${model.name} knows only ${known}. Calibrate with a mix that has it: live calibrate saturation --mix ${name}=1`,
  )
}

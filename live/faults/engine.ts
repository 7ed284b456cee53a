import type { Breaker, Parts } from './breaker.ts'

/** It is started again by itself (engine/podmanService.ts). */
export const engineKill: Breaker = (_, parts) => {
  signal('SIGKILL', parts)
  return {}
}

/** It takes calls and does not answer them. */
export const engineSlow: Breaker = (_, parts) => {
  signal('SIGSTOP', parts)
  return { mend: () => signal('SIGCONT', parts) }
}

export const engineErrors: Breaker = (_, { testbed }) => {
  testbed.podman.faults.fail('podman answered an error')
  return { mend: () => testbed.podman.faults.fail(null) }
}

function signal(name: NodeJS.Signals, { testbed }: Parts): void {
  if (!testbed.podman.faults.signal(name))
    throw new Error("the container engine's service was not started by this run")
}

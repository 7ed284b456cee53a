import type { Fault, FaultKind } from '../record/faults.ts'
import { RANK } from './calendar.ts'
import type { Engine } from './engine.ts'
import type { Outage } from './outage.ts'
import type { SimulatedPlant } from './plant.ts'
import type { Replica } from './replica.ts'
import type { BrokenStart } from './starts.ts'

/** How long the simulated proxy is away when it is restarted, ms: connections were refused for so long (Podman 4.3, HAProxy 2.6, a quiet machine). */
const PROXY_RESTART_MS = 150

/** The parts of a run that can be broken. */
export interface Parts {
  engine: Engine
  plant: SimulatedPlant
}

/** What was broken: `note` the replica that it hit, `mend` for what lasts. Or why nothing could be. */
export type Broken = { note?: string; mend?: () => void } | { impossible: string }

export type Breaker = (fault: Fault, parts: Parts) => Broken

/** What breaks one kind of fault on the simulated parts. live/faults/ has the same for the real ones. */
export const BREAKERS: Record<FaultKind, Breaker> = {
  kill: dies('killed (signal 9)'),
  oom: dies('out of memory'),

  hang: onReplica((victim, _, { engine: { fleet } }) => {
    const { server } = victim
    if (!fleet.freeze(server)) return { impossible: `${victim.name} stands still already` }
    return { note: victim.name, mend: ifThere(victim, () => fleet.thaw(server)) }
  }),

  slow: onReplica((victim, { factor }, { engine: { fleet } }) => {
    const { server } = victim
    fleet.slow(server, factor)
    return { note: victim.name, mend: ifThere(victim, () => fleet.slow(server, 1)) }
  }),

  'start-fails': breaksStarts('start-fails'),
  'start-hangs': breaksStarts('start-hangs'),
  'image-missing': breaksStarts('image-missing'),

  'proxy-kill'(_, { engine: { proxy, calendar } }) {
    proxy.stop()
    calendar.later(calendar.nowMs + PROXY_RESTART_MS, RANK.replica, () => proxy.start())
    return {}
  },

  'proxy-reload'(_, { engine: { proxy } }) {
    proxy.reload()
    return {}
  },

  'log-full'(_, { engine: { proxy }, plant: { outages } }) {
    outages.log.begin()
    proxy.setLogFull(true)
    outages.log.after(() => proxy.setLogFull(false))
    return { mend: () => outages.log.end() }
  },

  'engine-kill'(_, { plant }) {
    plant.containerEngine.die()
    return {}
  },

  'proxy-socket': lasting(({ outages }) => outages.socket),
  'metrics-lost': lasting(({ outages }) => outages.counters),
  'metrics-absurd': lasting(({ outages }) => outages.absurd),
  'engine-slow': lasting(({ containerEngine }) => containerEngine.standstill),
  'engine-errors': lasting(({ containerEngine }) => containerEngine.errors),

  'generator-starved': () => ({ impossible: 'the simulated generator needs no CPU' }),
}

/** A kind that hits a ready replica. The plant may not know yet that it is dead. */
function onReplica(breakIt: (victim: Replica, fault: Fault, parts: Parts) => Broken): Breaker {
  return (fault, parts) => {
    const victim = parts.plant.readyReplicas()[fault.replica]
    if (!victim) return { impossible: `no replica ${fault.replica} is ready` }
    if (!parts.engine.fleet.alive[victim.server]) return { impossible: `${victim.name} is dead` }
    return breakIt(victim, fault, parts)
  }
}

/** Its index in the fleet may be another replica's by then. */
function ifThere(victim: Replica, mend: () => void): () => void {
  const { server } = victim
  return () => {
    if (victim.server === server) mend()
  }
}

function dies(note: string): Breaker {
  return onReplica((victim, _, { plant }) => {
    plant.crash(victim, note)
    return { note: victim.name }
  })
}

function lasting(outageOf: (plant: SimulatedPlant) => Outage): Breaker {
  return (_, { plant }) => {
    const outage = outageOf(plant)
    outage.begin()
    return { mend: () => outage.end() }
  }
}

function breaksStarts(kind: BrokenStart): Breaker {
  return (_, { plant: { starts } }) => {
    starts.broken.push(kind)
    return { mend: () => void starts.broken.splice(starts.broken.indexOf(kind), 1) }
  }
}

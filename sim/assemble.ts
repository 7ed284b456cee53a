import { normal, stream } from '../base/random.ts'
import type { Rollout } from '../policies/policy.ts'
import type { RunSink } from '../record/sink.ts'
import { ArrivalStream } from '../traces/arrivalStream.ts'
import { classesOf } from '../traces/trace.ts'
import { Calendar, EVENT, RANK } from './calendar.ts'
import { Clients } from './clients.ts'
import { ControlLoop } from './controlLoop.ts'
import { Draws } from './draws.ts'
import type { ArrivalSource, Engine } from './engine.ts'
import { Fleet } from './fleet.ts'
import { HealthChecks } from './healthChecks.ts'
import { Host } from './host.ts'
import type { ContainerModel } from './model.ts'
import { SimulatedPlant } from './plant.ts'
import { SimulatedProxy } from './proxy.ts'
import { RateLimiter } from './rateLimiter.ts'
import { Requests } from './requests.ts'
import type { Simulation } from './simulation.ts'
import { Users } from './users.ts'
import { Work } from './work.ts'

/** A container of which the model says nothing more: the single-threaded service. */
export const PLAIN_CONTAINER: ContainerModel = {
  workers: 1,
  backlog: 4096,
  rateLimit: null,
  rejectMs: { distribution: { family: 'deterministic', value: 0 } },
  checkMs: { distribution: { family: 'deterministic', value: 0 } },
}

/** The parts of one run, connected. `classes` are the names that classIndex counts in; `rollout` is for a policy that needs it. */
export function assembleEngine(
  simulation: Simulation,
  sink: RunSink,
  rollout: Rollout | null = null,
): { engine: Engine; plant: SimulatedPlant; classes: readonly string[] } {
  const { trace, model, seed, service, control } = simulation
  const classes = classesOf(trace.mix)
  const calendar = new Calendar()
  const requests = new Requests()
  const host = model.cpu
    ? new Host(model.cpu, model.startup.engineJobs?.estimate, slownessOf(simulation))
    : null
  const work = new Work(requests, { model, seed, classes }, simulation.work ?? null)
  const clients = new Clients({ requests, calendar, work, sink }, service, seed)
  const container = model.container ?? PLAIN_CONTAINER
  const fleet = makeFleet(container, { requests, calendar, host }, seed)
  const logs = control.intervalMs <= trace.durationMs
  const balance = stream(seed, 'balance')
  const proxy = new SimulatedProxy({ requests, calendar, fleet, clients, balance }, service, logs)
  const checks = service.health
    ? new HealthChecks(
        service.health,
        {
          requests,
          calendar,
          fleet,
          checkMs: new Draws(container.checkMs.distribution, stream(seed, 'check')),
        },
        proxy,
      )
    : null
  const plant = new SimulatedPlant({ calendar, fleet, proxy, host, checks }, simulation, (event) =>
    sink.replica(event),
  )
  const users =
    trace.load.kind === 'users' ? new Users(calendar, { trace, load: trace.load, seed }, clients) : null
  fleet.connect(proxy, checks)
  clients.connect(proxy, users)
  const arrivals = users ? NO_ARRIVALS : new ArrivalStream(trace, seed)
  const ticks = new ControlLoop(simulation, { calendar, plant, sink }, rollout)
  if (host && model.cpu!.othersMsPerRequest > 0) tellRequestRate(host, calendar, clients)
  const engine = {
    calendar,
    requests,
    clients,
    proxy,
    fleet,
    host,
    checks,
    users,
    arrivals,
    ticks,
    faults: null,
  }
  return { engine, plant, classes }
}

const NO_ARRIVALS: ArrivalSource = { atMs: Number.POSITIVE_INFINITY, classIndex: 0, advance() {} }

function makeFleet(
  { workers, backlog, rateLimit, rejectMs }: ContainerModel,
  { requests, calendar, host }: { requests: Requests; calendar: Calendar; host: Host | null },
  seed: number,
): Fleet {
  return new Fleet(requests, calendar, host, {
    workers,
    backlog,
    limiter: rateLimit ? new RateLimiter(rateLimit) : null,
    rejectMs: new Draws(rejectMs.distribution, stream(seed, 'reject')),
  })
}

/** The proxy and the generator use CPU for each request: by the rate of the last second. */
function tellRequestRate(host: Host, calendar: Calendar, clients: Clients): void {
  let before = 0
  const tell = () => {
    host.setRequestRate(clients.sent - before, calendar.nowMs)
    before = clients.sent
    calendar.later(calendar.nowMs + 1000, RANK.replica, tell, EVENT.background)
  }
  tell()
}

/**
 * The factor of this run's CPU work: lognormal with mean 1, one draw a seed. 1 for recorded work, which has its own run's speed
 * in it already.
 */
function slownessOf({ model, seed, work }: Simulation): number {
  const spread = model.cpu?.speedSpread ?? 0
  return work || spread === 0 ? 1 : Math.exp(spread * normal(stream(seed, 'machine')) - spread ** 2 / 2)
}

import type { RawSignals } from '../control/signals.ts'
import { parseFault } from '../record/faults.ts'
import type { ControlSettings, RunHeader, ServiceSettings } from '../record/schema.ts'
import { arrivalsAt, fixedFleet, handModel } from '../test/support.ts'
import { assembleEngine } from './assemble.ts'
import { RANK } from './calendar.ts'
import { runEngine } from './engine.ts'
import { scheduleFaults } from './faults.ts'
import type { Model } from './model.ts'
import { Recorder } from './recorder.ts'

export const SERVICE_MS = 100
export const START_MS = 1500
export const STOP_MS = 300

export interface Play {
  faults: string[]
  /** Requests, each of SERVICE_MS of blocking unless the model says otherwise. */
  arrivals?: number[]
  replicas?: number
  model?: Partial<Model>
  service?: Partial<ServiceSettings>
  standby?: ControlSettings['standby']
  durationMs?: number
  /** Numbers of replicas that are asked for on the way. */
  wishes?: { atMs: number; to: number }[]
  /** When to read the plant. */
  readMs?: number[]
}

/** One run by hand, under faults: everything takes exactly as long as is said here. */
export function play(options: Play) {
  const { arrivals = [], replicas = 1, service, standby = null, durationMs = 20_000 } = options
  const trace = arrivalsAt(arrivals, durationMs)
  const model = { ...handModel({ family: 'deterministic', value: SERVICE_MS }, START_MS), ...options.model }
  const fixed = fixedFleet({ trace, model, replicas, service })
  // One tick, at the end: the policy keeps what is there.
  const simulation = { ...fixed, control: { ...fixed.control, standby, intervalMs: durationMs } }
  const recorder = new Recorder()
  const { engine, plant, classes } = assembleEngine(simulation, recorder)
  recorder.start({ mode: 'sim', trace } as RunHeader, classes)
  plant.begin()
  scheduleFaults(options.faults.map(parseFaultText), engine, plant, recorder)
  const readings: RawSignals[] = []
  const at = (atMs: number, act: () => void) => engine.calendar.later(atMs, RANK.tick, act)
  for (const { atMs, to } of options.wishes ?? []) at(atMs, () => plant.scaleTo(to))
  for (const atMs of options.readMs ?? []) at(atMs, () => readings.push(structuredClone(plant.read())))
  const statuses: string[][] = []
  return {
    engine,
    readings,
    statuses,
    /** What the proxy holds of its servers at these times, whether it can be asked or not. */
    watchServers(...times: number[]) {
      for (const atMs of times)
        at(atMs, () => {
          const { servers } = engine.proxy.counters()!
          statuses.push(servers.map(({ name, status }) => `${name} ${status}`))
        })
    },
    /** Runs it to its end. */
    toEnd() {
      runEngine(engine)
      const { requests, replicas: events, faults = [] } = recorder.record()
      const livesOf = (replica: string) =>
        events.flatMap((event) =>
          event.replica === replica ? [[event.atMs, event.state, ...(event.note ? [event.note] : [])]] : [],
        )
      return {
        requests,
        doneMs: Array.from(requests.doneMs),
        livesOf,
        faults: faults.map(({ atMs, state, note }) => [atMs, state, ...(note ? [note] : [])]),
        endMs: engine.calendar.nowMs,
        live: engine.requests.live,
      }
    },
  }
}

/** Played to its end. */
export const played = (options: Play) => play(options).toEnd()

const parseFaultText = (text: string) => parseFault(text)

import { monotonicMs } from '../base/clock.ts'
import type { StartPhases } from '../record/schema.ts'
import { READY_TIMEOUT_MS, untilListens } from './listening.ts'
import type { Standby } from './standby.ts'
import type { StartedReplica, Testbed } from './testbed.ts'

export interface ReplicaStart {
  name: string
  /** What it is made from; null for a cold start. */
  standby: Standby | null
  /** Watch the application itself, so that the phases tell when it was there. */
  probeAnswers: boolean
  signal: AbortSignal
  /** The container runs; the application may not answer yet. */
  onRunning: (started: StartedReplica) => void
}

/**
 * From a wish to a replica in the proxy's rotation, timed. The proxy checks it as always while the application
 * is watched, so that watching does not change when it becomes ready.
 * @throws the signal's reason when it is called off, or what went wrong; the container may exist then.
 */
export async function startReplica(testbed: Testbed, start: ReplicaStart): Promise<StartPhases> {
  const { name, standby, signal } = start
  const askedMs = monotonicMs()
  if (!standby) await testbed.createContainer(name)
  signal.throwIfAborted()
  const createdMs = standby ? askedMs : monotonicMs()
  const started = await run(testbed, start)
  const startedMs = monotonicMs()
  start.onRunning(started)
  signal.throwIfAborted()
  const answered = start.probeAnswers ? timeOfAnswer(started, signal) : null
  await testbed.haproxy.addServer(started.server)
  await testbed.haproxy.waitReady(name, { timeoutMs: READY_TIMEOUT_MS, signal })
  const readyMs = monotonicMs()
  const answeredMs = await answered
  return {
    method: standby?.method ?? 'cold',
    createMs: createdMs - askedMs,
    startMs: startedMs - createdMs,
    answerMs: answeredMs === null ? null : Math.min(answeredMs, readyMs) - startedMs,
    checkMs: readyMs - Math.min(answeredMs ?? startedMs, readyMs),
  }
}

async function run(testbed: Testbed, { name, standby }: ReplicaStart): Promise<StartedReplica> {
  if (!standby?.frozen) return testbed.startContainer(name)
  await testbed.unpauseContainer(name)
  return standby.frozen
}

/** Null where the kernel does not tell. */
async function timeOfAnswer({ pid, server }: StartedReplica, signal: AbortSignal): Promise<number | null> {
  try {
    await untilListens({ pid, port: server.port }, { timeoutMs: READY_TIMEOUT_MS, signal })
    return monotonicMs()
  } catch {
    return null
  }
}

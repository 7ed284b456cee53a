import { monotonicMs, sleep } from '../base/clock.ts'
import { READY_TIMEOUT_MS } from '../control/service.ts'
import type { StartPhases } from '../record/schema.ts'
import { untilListens } from './listening.ts'
import type { ProxyServer } from './proxy/haproxyConfig.ts'
import { HaproxyError } from './proxy/haproxySocket.ts'
import type { Standby } from './standby.ts'
import type { BrokenStart, StartedReplica, Testbed } from './testbed.ts'

/** Between two tries to tell the proxy something. */
export const ASK_AGAIN_MS = 250

export interface ReplicaStart {
  name: string
  /** What it is made from; null for a cold start. */
  standby: Standby | null
  /** Watch the application itself, so that the phases tell when it was there. */
  probeAnswers: boolean
  /** What a fault makes of a cold start. */
  broken: BrokenStart | null
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
  if (!standby) await testbed.createContainer(name, start.broken)
  signal.throwIfAborted()
  const createdMs = standby ? askedMs : monotonicMs()
  const started = await run(testbed, start)
  const startedMs = monotonicMs()
  start.onRunning(started)
  signal.throwIfAborted()
  const answered = start.probeAnswers ? timeOfAnswer(started, signal) : null
  await untilAdded(testbed, started.server, signal)
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

/** A proxy that does not answer at the moment is asked again: the replica itself is well. */
async function untilAdded({ haproxy }: Testbed, server: ProxyServer, signal: AbortSignal): Promise<void> {
  const endMs = monotonicMs() + READY_TIMEOUT_MS
  for (;;) {
    try {
      return await haproxy.addServer(server)
    } catch (error) {
      if (!(error instanceof HaproxyError) || monotonicMs() > endMs) throw error
    }
    await sleep(ASK_AGAIN_MS, signal)
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

import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { absurdCounters } from '../../control/absurd.ts'
import { resourceName } from '../labels.ts'
import { RUN_FILES } from '../proxy/haproxyConfig.ts'
import type { Breaker, Parts } from './breaker.ts'

export const proxyKill: Breaker = async (_, { plant }) => {
  await plant.restartProxy()
  return {}
}

export const proxyReload: Breaker = async (_, { testbed }) => {
  await testbed.haproxy.reload()
  return {}
}

/** HAProxy keeps its socket and nobody finds it: the file has another name. */
export const proxySocket: Breaker = async (_, { testbed }) => {
  const path = join(testbed.runDir.proxy, RUN_FILES.admin)
  await rename(path, `${path}.gone`)
  return { mend: () => rename(`${path}.gone`, path).catch(() => {}) }
}

/** HAProxy's files may not grow any more (getrlimit(2), RLIMIT_FSIZE): as on a full disk a write brings an error. */
export const logFull: Breaker = async (_, parts) => {
  await limitFiles(parts, '0')
  return { mend: () => limitFiles(parts, 'unlimited').catch(() => {}) }
}

/** The soft limit alone: the hard one could not be raised again. From inside, since HAProxy's own user may do it there. */
async function limitFiles({ testbed }: Parts, bytes: string): Promise<void> {
  const script = `for pid in $(pidof haproxy); do prlimit --pid $pid --fsize=${bytes}: || exit 1; done`
  const container = resourceName(testbed.id, 'proxy')
  const { exitCode, output } = await testbed.podman.exec(container, ['sh', '-c', script])
  if (exitCode !== 0) throw new Error(`the proxy's log cannot be limited: ${output.trim()}`)
}

export const metricsLost: Breaker = (_, { plant }) => {
  plant.reading = async () => null
  return { mend: () => plant.readAsItIs() }
}

export const metricsAbsurd: Breaker = (_, { plant }) => {
  let k = 0
  plant.reading = async (counters) => {
    const real = await counters()
    return real && absurdCounters(real, k++)
  }
  return { mend: () => plant.readAsItIs() }
}

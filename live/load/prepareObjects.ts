import { after, sleep } from '../../base/clock.ts'
import { environmentLacks } from '../../base/errors.ts'
import { type Answer, type LoadClient, openClient } from './loadClient.ts'
import { checkTarget } from './loadTarget.ts'
import { objectBodies } from './requests.ts'

export interface PrepareOptions {
  url: string
  ownTarget?: boolean
  /** Of each object, before it is given up. */
  attempts?: number
  /** After a failed attempt: a service that has just been started or limits its rate needs a moment. */
  pauseMs?: number
  /** For one answer. */
  timeoutMs?: number
  /** Of the largest object. */
  objectBytes?: number
  signal?: AbortSignal
}

/**
 * Puts the objects that a load reads, one after the other, so that no `read` meets a 404. It also warms the
 * HTTP client up: in a cold process the first requests are some 10 ms late.
 * @throws UserError (exit 3) where an object is not taken.
 */
export async function prepareObjects(options: PrepareOptions): Promise<void> {
  const { url, ownTarget, attempts = 40, pauseMs = 250, timeoutMs = 5000, signal } = options
  const client = openClient(await checkTarget(url, ownTarget), timeoutMs)
  try {
    for (const object of objectBodies(options.objectBytes))
      await putWithRetries(client, object, { url, attempts, pauseMs, timeoutMs, signal })
  } finally {
    await client.close()
  }
}

async function putWithRetries(
  client: LoadClient,
  object: readonly [id: string, body: string],
  options: Required<Omit<PrepareOptions, 'ownTarget' | 'objectBytes' | 'signal'>> &
    Pick<PrepareOptions, 'signal'>,
): Promise<void> {
  const { url, attempts, pauseMs, timeoutMs, signal } = options
  let problem = ''
  for (let attempt = 1; attempt <= attempts; attempt++) {
    signal?.throwIfAborted()
    const answer = await put(client, object, timeoutMs)
    if (answer && !answer.error && answer.status >= 200 && answer.status < 300) return
    problem = answer
      ? (answer.error?.message ?? `status ${answer.status}`)
      : `no answer within ${timeoutMs}ms`
    if (attempt < attempts) await sleep(pauseMs, signal)
  }
  throw environmentLacks(
    `The service at ${url} did not take ${object[0]} in ${attempts} attempts: ${problem}`,
    'see `live status`, and start it with `live up`',
  )
}

/** null where there was no answer in time. */
function put(
  client: LoadClient,
  [id, body]: readonly [id: string, body: string],
  timeoutMs: number,
): Promise<Answer | null> {
  return new Promise((resolve) => {
    const cancelTimer = after(timeoutMs, () => {
      giveUp()
      resolve(null)
    })
    const request = { method: 'PUT', path: `/objs/${id}`, body } as const
    const giveUp = client.send(request, `prepare-${id}`, (answer) => {
      cancelTimer()
      resolve(answer)
    })
  })
}

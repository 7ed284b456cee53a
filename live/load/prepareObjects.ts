import { after, sleep } from '../../base/clock.ts'
import { environmentLacks } from '../../base/errors.ts'
import type { Answer } from './answerParser.ts'
import { type LoadClient, openClient } from './loadClient.ts'
import { checkTarget } from './loadTarget.ts'
import { type HttpRequest, objectBodies } from './requests.ts'
import { warmUp } from './warmUp.ts'

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
  /** What is sent in place of the objects: the request of a service that is no object store. */
  request?: HttpRequest | null
  /** Hears every answer. */
  onAnswer?: (answer: Answer) => void
  signal?: AbortSignal
}

/**
 * Puts the objects that a load reads, one after the other, so that no `read` meets a 404, and warms the generator up.
 * @throws UserError (exit 3) where an object is not taken.
 */
export async function prepareObjects(options: PrepareOptions): Promise<void> {
  const { url, ownTarget, attempts = 40, pauseMs = 250, timeoutMs = 5000, onAnswer, signal } = options
  const client = openClient(await checkTarget(url, ownTarget))
  try {
    const requests = options.request
      ? [options.request]
      : [...objectBodies(options.objectBytes)].map(([id, body]) => putOf(id, body))
    for (const request of requests)
      await sendWithRetries(client, request, { url, attempts, pauseMs, timeoutMs, onAnswer, signal })
  } finally {
    await client.close()
  }
  await warmUp()
}

const putOf = (id: string, body: string): HttpRequest => ({ method: 'PUT', path: `/objs/${id}`, body })

async function sendWithRetries(
  client: LoadClient,
  request: HttpRequest,
  options: Required<Pick<PrepareOptions, 'url' | 'attempts' | 'pauseMs' | 'timeoutMs'>> &
    Pick<PrepareOptions, 'onAnswer' | 'signal'>,
): Promise<void> {
  const { url, attempts, pauseMs, timeoutMs, onAnswer, signal } = options
  let problem = ''
  for (let attempt = 1; attempt <= attempts; attempt++) {
    signal?.throwIfAborted()
    const answer = await send(client, request, timeoutMs)
    if (answer) onAnswer?.(answer)
    if (answer && !answer.error && answer.status >= 200 && answer.status < 400) return
    problem = answer
      ? (answer.error?.message ?? `status ${answer.status}`)
      : `no answer within ${timeoutMs}ms`
    if (attempt < attempts) await sleep(pauseMs, signal)
  }
  throw environmentLacks(
    `The service at ${url} did not take ${request.method} ${request.path} in ${attempts} attempts: ${problem}`,
    'see `live status`, and start it with `live up`',
  )
}

/** null where there was no answer in time. */
function send(client: LoadClient, request: HttpRequest, timeoutMs: number): Promise<Answer | null> {
  return new Promise((resolve) => {
    const cancelTimer = after(timeoutMs, () => {
      giveUp()
      resolve(null)
    })
    const giveUp = client.send(request, 'prepare', (answer) => {
      cancelTimer()
      resolve(answer)
    })
  })
}

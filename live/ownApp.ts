import { badInput } from '../base/errors.ts'
import { type HttpRequest, METHODS } from './load/requests.ts'

/** A service of one's own in place of the object store: any HTTP application in a container. */
export interface OwnApp {
  /** In the container engine's store already: nothing is pulled. */
  image: string
  /** Where it listens in its container. */
  port: number
  /** What every request of the load is, whatever its class. */
  request: HttpRequest
  /** Answered with 2xx or 3xx once it is ready. */
  healthPath: string
}

/** `GET /`, `POST /orders {"id":1}`: method, path, and the body if any. @throws UserError for anything else. */
export function parseRequest(text: string): HttpRequest {
  const match = /^([A-Z]+) (\/\S*)(?: ([\s\S]+))?$/.exec(text.trim())
  const method = METHODS.find((name) => name === match?.[1])
  if (!match || !method || /[^\x21-\x7e]/.test(match[2]!)) {
    throw badInput({
      place: '--request',
      value: text,
      expected: `a method (${METHODS.join(', ')}), a path and maybe a body: 'POST /orders {"id":1}'`,
    })
  }
  return { method, path: match[2]!, body: match[3] ?? null }
}

/** @throws UserError for whatever would only fail in the container engine or in HAProxy's file. */
export function checkOwnApp({ image, port, healthPath }: OwnApp): void {
  if (!/^[a-z0-9][a-z0-9._/:@-]{0,254}$/i.test(image))
    throw badInput({
      place: '--image',
      value: image,
      expected: 'the name of an image, such as localhost/shop:1.2',
    })
  if (!(Number.isInteger(port) && port >= 1 && port <= 65_535))
    throw badInput({ place: '--image-port', value: port, expected: '1 to 65535' })
  if (!/^\/[\w.~/-]*$/.test(healthPath))
    throw badInput({ place: '--health-path', value: healthPath, expected: 'a path such as /health' })
}

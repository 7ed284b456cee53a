import type { Command } from 'commander'
import { type AppSettings, checkAppSettings, DEFAULT_APP, MOST_OBJECT_BYTES } from '../live/appSettings.ts'
import { parseRequest } from '../live/ownApp.ts'
import { wholeNumber } from './runOptions.ts'

export interface TestbedFlags {
  delay: string
  rateLimit: string
  objectSize: number
  image?: string
  imagePort: number
  request: string
  healthPath: string
  port: number
}

/** Of `--spin`, on whatever sends a load. */
export const SPIN_HELP =
  'the load generator takes a whole core to be late by less; for rates above 3000/s, and for cores to spare'

/** How the web application is set up, and where the proxy listens. */
export function addTestbedOptions(command: Command): Command {
  return command
    .option(
      '--delay <text>',
      "the application's delay: off, constant:50, uniform:5:200, exponential:100, lognormal:100:0.5 (ms), or stamped: as X-Delay-Ms of each request says",
      DEFAULT_APP.delay,
    )
    .option(
      '--rate-limit <text>',
      "an instance's rate limit: off, or a text such as '10 per second'",
      DEFAULT_APP.rateLimit,
    )
    .option(
      '--object-size <bytes>',
      'size of the largest stored object: the larger, the more CPU time compress takes',
      wholeNumber(1, MOST_OBJECT_BYTES),
      DEFAULT_APP.objectBytes,
    )
    .option(
      '--image <name>',
      'a service of your own in its place; the image is here already, nothing is pulled',
    )
    .option('--image-port <n>', 'where that service listens in its container', wholeNumber(1, 65_535), 8080)
    .option('--request <text>', "what each request to it is, whatever its class: 'GET /'", 'GET /')
    .option('--health-path <path>', 'what it answers with 2xx or 3xx once it is ready', '/')
    .option('--port <n>', 'the port of the proxy on 127.0.0.1; 0 takes a free one', wholeNumber(0, 65_535), 0)
}

/** @throws UserError where the application would not take them. */
export function planApp(flags: TestbedFlags): AppSettings {
  const { delay, rateLimit, objectSize, image, imagePort, healthPath } = flags
  const own = image ? { image, port: imagePort, request: parseRequest(flags.request), healthPath } : null
  const app = { delay, rateLimit, objectBytes: objectSize, ...(own ? { own } : {}) }
  checkAppSettings(app)
  return app
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DEFAULT_SERVICE } from '../../control/service.ts'
import { knowledgeOf } from '../../sim/knowledge.ts'
import { DEFAULT_MODEL, readModel } from '../../sim/readModel.ts'
import { assertOpenLoop, readTrace, shippedNames } from '../../traces/index.ts'
import { bundle } from '../bundle.ts'
import { FONT_ROUTES } from '../fonts.ts'
import { type Route, send, serveUi, type UiServer } from '../server.ts'
import type { Data } from './protocol.ts'

const HERE = import.meta.dirname

/**
 * The playground: a page with the simulator in a worker of the browser. It shows nothing of this machine, so that whoever is on it may open it.
 * @param port 0 takes a free one.
 * @throws UserError (exit code 3) where the port is taken.
 */
export function openPlayground(port: number): Promise<UiServer> {
  return serveUi({
    port,
    secret: false,
    routes: {
      'GET /': once('text/html', () => text('page.html')),
      'GET /page.js': once('text/javascript', () => bundle(join(HERE, 'page.ts'))),
      'GET /worker.js': once('text/javascript', () => bundle(join(HERE, 'worker.ts'))),
      'GET /style.css': once('text/css', () => text('..', 'style.css')),
      'GET /controls.css': once('text/css', () => text('controls.css')),
      'GET /results.css': once('text/css', () => text('results.css')),
      'GET /playground.css': once('text/css', () => text('playground.css')),
      ...FONT_ROUTES,
      'GET /data.json': once('application/json', async () => JSON.stringify(await readData())),
    },
  })
}

const text = (...path: string[]) => readFile(join(HERE, ...path), 'utf8')

/** Made when it is first asked for. */
function once(type: string, make: () => Promise<string>): Route {
  let body: Promise<string> | null = null
  return async (_, response) => {
    body ??= make()
    send(response, `${type}; charset=utf-8`, await body)
  }
}

/** The shipped model, and every shipped trace that is no closed loop, with what policies may know of the service under it. */
export async function readData(): Promise<Data> {
  const model = await readModel(DEFAULT_MODEL)
  const traces = await Promise.all(shippedNames().map(readTrace))
  return {
    model,
    traces: traces
      .filter(({ load }) => load.kind !== 'users')
      .map((trace) => {
        assertOpenLoop(trace, trace.name)
        return { trace, knowledge: knowledgeOf(model, trace, DEFAULT_SERVICE) }
      }),
  }
}

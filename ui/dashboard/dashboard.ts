import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sla } from '../../analysis/sla.ts'
import type { ByHand } from '../../control/tick.ts'
import type { ReplicaEvent, RequestRow, TickRow } from '../../record/schema.ts'
import { bundle } from '../bundle.ts'
import { FONT_ROUTES } from '../fonts.ts'
import { type Route, send, serveUi } from '../server.ts'
import { actionRoutes } from './actions.ts'
import { eventStreams } from './events.ts'
import { Feed } from './feed.ts'
import { Hand } from './hand.ts'
import type { Ending, Hello } from './messages.ts'

/** The live dashboard: a page that shows runs as they happen and from which a person steers them. */
export interface Dashboard {
  url: string
  begin(hello: Hello, sla: Sla): void
  onTick(row: TickRow): void
  onReplica(event: ReplicaEvent): void
  onRequest(row: RequestRow): void
  /** What a person has decided for this tick; null: the policy decides. */
  byHand(): ByHand | null
  end(ending: Ending): void
  /** After the last event has been sent. The pages keep what they show. */
  close(): Promise<void>
}

/**
 * Serves it on 127.0.0.1, to whoever has its URL. All that takes time, the bundle above all, is done before it resolves.
 * @param onStop a person wants the run to be stopped.
 * @throws UserError (exit code 3) where the port is taken.
 */
export async function openDashboard({
  port,
  onStop,
}: {
  port: number
  onStop: () => void
}): Promise<Dashboard> {
  const feed = new Feed()
  const hand = new Hand((state) => feed.state(state))
  const events = eventStreams(feed)
  let hello: Hello | null = null
  const actions = actionRoutes({
    state: () => (hello ? hand.state : 'over'),
    bounds: () => hello!.replicas,
    pause: () => hand.pause(),
    resume: () => hand.resume(),
    scale: (replicas) => hand.scale(replicas),
    stop() {
      hand.stop()
      onStop()
    },
  })
  const server = await serveUi({
    port,
    secret: true,
    routes: { ...FONT_ROUTES, ...(await pageRoutes()), 'GET /events': events.route, ...actions },
  })
  return {
    url: server.url,
    begin(of, sla) {
      hello = of
      hand.begin()
      feed.begin(of, sla)
    },
    onTick(row) {
      hand.ticked()
      feed.tick(row)
    },
    onReplica: (event) => feed.replica(event),
    onRequest: (row) => feed.request(row),
    byHand: () => hand.atTick(),
    end(ending) {
      feed.end(ending, hello?.durationMs ?? 0)
      hello = null
    },
    async close() {
      await events.close()
      await server.close()
    },
  }
}

/** Page, script and style sheets, from memory: nothing is read or built while a run goes on. */
async function pageRoutes(): Promise<Record<string, Route>> {
  const here = import.meta.dirname
  const text = (...path: string[]) => readFile(join(here, ...path), 'utf8')
  const files: Record<string, [type: string, body: string]> = {
    'GET /': ['text/html; charset=utf-8', await text('page.html')],
    'GET /page.js': ['text/javascript; charset=utf-8', await bundle(join(here, 'page.ts'))],
    'GET /style.css': ['text/css; charset=utf-8', await text('..', 'style.css')],
    'GET /dashboard.css': ['text/css; charset=utf-8', await text('dashboard.css')],
  }
  return Object.fromEntries(
    Object.entries(files).map(([route, [type, body]]) => [
      route,
      (_, response) => send(response, type, body),
    ]),
  )
}

import type { End, Hello, Messages, News, RunState, Tick, WindowNews } from './messages.ts'

/** All that the page knows of the run that it shows. */
export interface View {
  hello: Hello
  state: RunState | 'over'
  ticks: Tick[]
  /** By bin; undefined where no request was due in it yet. */
  p95Ms: (number | null | undefined)[]
  /** By SLA window. */
  windows: (WindowNews | undefined)[]
  events: News['events']
  soFar: News['soFar']
  /** Whether a person has decided at a tick or is about to. */
  steered: boolean
  end: End | null
}

export type Message = { [Name in keyof Messages]: { name: Name; message: Messages[Name] } }[keyof Messages]

/** The view after one more message; the lists of the old one are taken over and grow. Null until a run begins. */
export function advance(view: View | null, { name, message }: Message): View | null {
  if (name === 'hello') return begun(message)
  if (view === null) return null
  switch (name) {
    case 'state':
      return { ...view, state: message.state, steered: view.steered || message.state === 'paused' }
    case 'tick':
      view.ticks.push(message)
      return { ...withNews(view, message), steered: view.steered || message.byHand !== null }
    case 'end':
      return { ...withNews(view, message), state: 'over', end: message }
  }
}

function begun(hello: Hello): View {
  return {
    hello,
    state: 'starting',
    ticks: [],
    p95Ms: [],
    windows: [],
    events: [],
    soFar: { requests: 0, violationShare: null, replicaSeconds: 0 },
    steered: false,
    end: null,
  }
}

function withNews(view: View, { bins, windows, events, soFar }: News): View {
  for (const { bin, p95Ms } of bins) view.p95Ms[bin] = p95Ms
  for (const news of windows) view.windows[news.window] = news
  view.events.push(...events)
  return { ...view, soFar }
}

/** Up to where the run is, ms: an interrupted one stays at its last tick. */
export function nowMs({ ticks, end, hello }: View): number {
  return end?.state === 'complete' ? hello.durationMs : (ticks.at(-1)?.nowMs ?? 0)
}

/** Spans in which a person decided: from a tick to the next, ms. */
export function spansByHand(view: View): { fromMs: number; toMs: number }[] {
  return view.ticks.flatMap((tick, i) =>
    tick.byHand ? [{ fromMs: tick.nowMs, toMs: view.ticks[i + 1]?.nowMs ?? nowMs(view) }] : [],
  )
}

/** Spans of the SLA windows that are over and were violated, ms. */
export function violatedSpans(view: View): { fromMs: number; toMs: number }[] {
  const { sla, durationMs } = view.hello
  return view.windows.flatMap((news) => {
    if (!news?.violated) return []
    const fromMs = news.window * sla.windowMs
    const toMs = Math.min(durationMs, fromMs + sla.windowMs)
    return toMs <= nowMs(view) ? [{ fromMs, toMs }] : []
  })
}

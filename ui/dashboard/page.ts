/// <reference lib="dom" />

import { byId, element, setText } from '../charts/elements.ts'
import { Controls } from './controls.ts'
import { Decisions } from './decisions.ts'
import { drawKey } from './key.ts'
import type { Messages } from './messages.ts'
import { Panels } from './panels.ts'
import { advance, type Message, nowMs, type View } from './view.ts'
import { type Connection, clock, type Figure, figures, status, subtitle, title } from './words.ts'

/** The page: server-sent events into a view, the view onto the page, at most once a frame. */
const NAMES: readonly (keyof Messages)[] = ['hello', 'state', 'tick', 'end']
const source = new EventSource('/events')
const controls = new Controls()
const decisions = new Decisions(drawSoon)
const panels = new Panels(byId('panels'))
let view: View | null = null
let connection: Connection = 'open'
let isWaiting = false

for (const name of NAMES) {
  source.addEventListener(name, (event: MessageEvent<string>) => {
    view = advance(view, { name, message: JSON.parse(event.data) } as Message)
    // Else the browser would try for ever to reach a server that has left.
    if (view?.end?.last) source.close()
    drawSoon()
  })
}
source.addEventListener('open', () => onConnection('open'))
source.addEventListener('error', () => {
  onConnection(source.readyState === EventSource.CLOSED ? 'refused' : 'trying')
})
drawSoon()

function onConnection(now: Connection): void {
  connection = now
  drawSoon()
}

function drawSoon(): void {
  if (isWaiting) return
  isWaiting = true
  requestAnimationFrame(() => {
    isWaiting = false
    draw()
  })
}

function draw(): void {
  const words = status(view, connection)
  const lost = connection !== 'open' && view?.state !== 'over'
  setText(byId('status'), words)
  byId('status').dataset.state = lost ? 'lost' : (view?.state ?? 'starting')
  if (!view) return
  byId('status').dataset.valid = String(view.end?.verdict.valid ?? true)
  document.title = `${title(view)}: ${view.state}`
  setText(byId('title'), title(view))
  setText(byId('subtitle'), subtitle(view))
  setText(byId('clock'), clock(view))
  byId<HTMLProgressElement>('progress').value = nowMs(view) / view.hello.durationMs
  drawFigures(figures(view))
  drawKey(byId('key'), view)
  controls.draw(view, !lost)
  panels.draw(view)
  decisions.draw(view)
}

/** Made once, then their texts change. */
function drawFigures(list: readonly Figure[]): void {
  const parent = byId('figures')
  if (parent.children.length === 0) {
    for (const _ of list) parent.append(element('div', {}, element('dt'), element('dd'), element('dd')))
  }
  list.forEach(({ label, value, remark }, i) => {
    const [above, number, below] = parent.children[i]!.children
    setText(above!, label)
    setText(number!, value)
    setText(below!, remark)
  })
}

/// <reference lib="dom" />
import type { Sla } from '../../analysis/sla.ts'
import { parseSla } from '../../analysis/sla.ts'
import { messageOf } from '../../base/errors.ts'
import { byId, setText } from '../charts/elements.ts'
import { Fields } from './controls/fields.ts'
import type { Hand } from './controls/hand.ts'
import { LoadPicker } from './controls/load.ts'
import { PolicyPicker } from './controls/policyPicker.ts'
import { fragmentOf, readFragment } from './fragment.ts'
import { planOf } from './plan.ts'
import type { Data, View } from './protocol.ts'
import { Charts } from './results/charts.ts'
import { Commands } from './results/commands.ts'
import { Figures } from './results/figures.ts'
import { showWindowTable } from './results/windowTable.ts'
import { headlineOf, namesOf, percentileText } from './results/words.ts'
import { DEFAULT_SETTING, inPageWords, type Setting } from './setting.ts'
import { Simulator } from './simulator.ts'

const NARROW = '(max-width: 900px)'

/** The page: what its controls say becomes the setting, the setting becomes the URL and a question to the simulator. */
function openPage(data: Data): void {
  const traces = data.traces.map(({ trace }) => trace.name)
  let setting: Setting = DEFAULT_SETTING
  let lastKey = ''
  const hand: Hand = {
    change(patch, key, done) {
      setting = { ...setting, ...patch }
      show(null)
      if (!done) return
      keep(key === lastKey)
      lastKey = key
    },
    refuse: (error) => refused(messageOf(error)),
  }
  const [load, a, b] = [new LoadPicker(data, hand), new PolicyPicker('a', hand), new PolicyPicker('b', hand)]
  const fields = new Fields(hand)
  const [figures, charts, commands] = [new Figures(), new Charts(), new Commands()]
  const simulator = new Simulator(data, {
    onShown: (views) => draw(views, setting),
    onRuns: (runs) => figures.showRuns(runs),
    onRefused: refused,
    onBroken: (message) => refused(`The simulator stopped: ${message}`),
  })

  /** Step back and forth in the history, one step a change; several of one control in a row are one. */
  function keep(sameStep: boolean): void {
    const fragment = `#${fragmentOf(setting)}`
    if (fragment === location.hash) return
    history[sameStep ? 'replaceState' : 'pushState'](null, '', fragment)
  }

  function show(problem: string | null): void {
    load.show(setting)
    a.show(setting.a)
    b.show(setting.b)
    fields.show(setting)
    tell(problem)
    simulator.run(setting)
  }

  /** A problem, in words; null where there is none. */
  function tell(problem: string | null): void {
    byId('problem').hidden = problem === null
    setText(byId('problem'), problem === null ? '' : inPageWords(problem))
    fields.blame(problem)
  }

  /** What is shown is the last result that there was. */
  function refused(problem: string): void {
    tell(problem)
    byId('results').classList.add('stale')
  }

  function draw(views: { a: View; b: View | null }, drawn: Setting): void {
    const names = namesOf(drawn)
    const sla: Sla = parseSla(drawn.sla)
    byId('outcome').hidden = false
    byId('results').dataset.drawn = fragmentOf(drawn)
    byId('results').classList.remove('stale')
    byId('results').classList.toggle('alone', views.b === null)
    setText(byId('name-a'), names.a)
    setText(byId('name-b'), names.b)
    setText(byId('headline'), headlineOf(names, views.a.metrics, views.b?.metrics ?? null))
    setText(byId('windows-took'), `${percentileText(sla)} of response time`)
    figures.show(names, views.a.metrics, views.b?.metrics ?? null)
    charts.draw(views.a, views.b, sla)
    showWindowTable(names, views.a, views.b)
    commands.show(drawn)
  }

  function readUrl(): void {
    const { setting: read, problems } = readFragment(location.hash.slice(1), traces)
    setting = read
    lastKey = ''
    try {
      planOf(setting, data)
    } catch (error) {
      problems.push(messageOf(error))
      setting = { ...DEFAULT_SETTING, a: read.a, b: read.b }
    }
    show(
      problems.length === 0
        ? null
        : `${problems.map(inPageWords).join('\n')}\nThe default stands in its place.`,
    )
  }

  addEventListener('popstate', readUrl)
  byId('controls').addEventListener('submit', (event) => event.preventDefault())
  byId('skip').addEventListener('click', (event) => {
    // The fragment is the setting: it must not become the target.
    event.preventDefault()
    byId('results').focus()
  })
  if (matchMedia(NARROW).matches)
    for (const details of document.querySelectorAll<HTMLDetailsElement>('details.folds')) details.open = false
  readUrl()
}

async function start(): Promise<void> {
  const response = await fetch('/data.json')
  if (!response.ok) throw new Error(await response.text())
  openPage((await response.json()) as Data)
}

start().catch((error: unknown) => {
  byId('problem').hidden = false
  setText(byId('problem'), `The page cannot start: ${messageOf(error)}`)
})

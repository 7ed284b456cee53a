/// <reference lib="dom" />
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { metricsOf } from '../../analysis/metrics.ts'
import { simulate } from '../../sim/run.ts'
import { autoscaled, constantLoad, handModel } from '../../test/support.ts'
import { contrast, launchBrowser } from '../browser.case.ts'
import { serveUi } from '../server.ts'
import { type Dashboard, openDashboard } from './dashboard.ts'
import { helloFor, play, SLA } from './play.case.ts'
import { predict } from './prediction.ts'

/** The page in a real browser, fed from a simulated run. */
const plan = autoscaled({
  trace: constantLoad(25, 40_000),
  model: handModel({ family: 'uniform', min: 5, max: 200 }),
  policy: 'pid',
})
const record = simulate(plan)
const metrics = metricsOf(record, SLA)
const prediction = await predict({ ...plan, seed: 100, sla: SLA })
const ending = { state: 'complete', verdict: record.run.verdict, metrics, last: true } as const

let browser: Browser
let dashboard: Dashboard
let page: Page
let problems: string[]
let stops = 0
beforeAll(async () => {
  browser = await launchBrowser()
}, 60_000)
afterAll(() => browser.close())
afterEach(async () => {
  await page.close()
  await dashboard.close()
})

async function open(): Promise<void> {
  stops = 0
  dashboard = await openDashboard({ port: 0, onStop: () => stops++ })
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
  problems = []
  page.on('pageerror', (error) => problems.push(String(error)))
  // Whatever the content security policy forbids is told there too.
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
}

const text = (selector: string) => page.locator(selector).innerText()
const rows = () => page.locator('#log tr').count()
/** Until the page shows it. */
const see = (selector: string, words: string | RegExp) =>
  page.locator(selector).filter({ hasText: words }).first().waitFor()

describe('the page', () => {
  it('shows a run in its middle: numbers, prediction ahead, decisions', async () => {
    await open()
    dashboard.begin(helloFor(record, prediction), SLA)
    await page.goto(dashboard.url)
    await see('#status', 'Starting')
    expect(await page.locator('#pause').isDisabled()).toBe(true)
    play(record, dashboard, 0, 20_500)
    await see('#status', 'Running')
    await see('#clock', '20 s of 40 s, 20 s left')
    expect(await text('h1')).toBe('pid on constant')
    expect(await text('#key')).toContain('mean and 90 % interval of 40 simulated runs')
    const last = record.ticks.filter(({ observation }) => observation.nowMs <= 20_000).at(-1)!
    expect(await text('#figures')).toContain(
      `${last.observation.replicas.starting} starting, ${last.target} asked for`,
    )
    expect(await text('#latest')).toContain(last.decision.reason)
    // The band goes on to the end, the measured line stops at now.
    const ends = await page.evaluate(() =>
      ['.band', '.measured'].map((of) => {
        const part = document.querySelector<SVGPathElement>(`figure:nth-child(3) path${of}`)!.getBBox()
        return part.x + part.width
      }),
    )
    expect(ends[0]! - ends[1]!).toBeGreaterThan(300)
    expect(problems).toEqual([])
  })

  it('at the end shows the numbers of the record, its verdict, and every change of the target', async () => {
    await open()
    dashboard.begin(helloFor(record, prediction), SLA)
    play(record, dashboard)
    dashboard.end(ending)
    await page.goto(dashboard.url)
    await see('#status', 'Run over, the measurement is valid')
    const figures = await text('#figures')
    expect(figures).toContain(`${(100 * metrics.violationShare!).toFixed(1)}\u00a0%`)
    expect(figures).toContain(metrics.replicaSeconds!.toFixed(0))
    expect(figures).toContain(`${metrics.responseMsP95!.toFixed(0)} ms`)
    const changes = record.ticks.filter(({ observation, target }) => target !== observation.target)
    expect(changes.length).toBeGreaterThan(1)
    expect(await rows()).toBe(changes.length)
    expect(await text('#log tr:last-child')).toContain(changes[0]!.decision.reason)
    await page.locator('#every').check()
    await expect.poll(rows).toBe(record.ticks.length)
    for (const name of ['#pause', '#scale', '#stop', '#replicas'])
      expect(await page.locator(name).isDisabled()).toBe(true)
    // What it shows stays when the server has left.
    await dashboard.close()
    await page.waitForTimeout(300)
    expect(await text('#status')).toContain('Run over')
    expect(problems).toEqual([])
  })

  it('reloaded shows all of it again, and at most 200 rows', async () => {
    await open()
    dashboard.begin(helloFor(record, null), SLA)
    await page.goto(dashboard.url)
    play(record, dashboard, 0, 10_500)
    await see('#clock', '10 s of 40 s')
    const before = await text('#log')
    await page.reload()
    await see('#clock', '10 s of 40 s')
    expect(await text('#log')).toBe(before)
    await page.locator('#every').check()
    for (let i = 0; i < 12; i++) for (const row of record.ticks.slice(0, 20)) dashboard.onTick(row)
    await expect.poll(rows).toBe(200)
  })

  it('takes names and reasons as texts, not as HTML', async () => {
    const hostile = '<img src=x onerror="document.title=1">'
    await open()
    dashboard.begin(helloFor(record, null, { policy: hostile, trace: hostile, folder: hostile }), SLA)
    const [row] = record.ticks
    dashboard.onTick({ ...row!, decision: { kind: 'scale', replicas: 2, reason: hostile }, target: 2 })
    dashboard.end({ ...ending, verdict: { valid: false, reasons: [hostile] } })
    await page.goto(dashboard.url)
    await see('#log', hostile)
    expect(await text('h1')).toBe(`${hostile} on ${hostile}`)
    expect(await text('#status')).toContain(hostile)
    expect(await page.locator('img').count()).toBe(0)
    expect(problems).toEqual([])
  })
})

describe('a lost connection', () => {
  it('is said, and taken up again where it broke off', async () => {
    const streams: { lastId: string | undefined; response: ServerResponse }[] = []
    const onRequest = ({ request, response }: { request: IncomingMessage; response: ServerResponse }) => {
      if (request.url === '/events')
        streams.push({ lastId: request.headers['last-event-id'] as string | undefined, response })
    }
    subscribe('http.server.request.start', onRequest as (message: unknown) => void)
    await open()
    dashboard.begin(helloFor(record, null), SLA)
    await page.goto(dashboard.url)
    play(record, dashboard, 0, 10_500)
    await see('#clock', '10 s of 40 s')
    streams[0]!.response.destroy()
    play(record, dashboard, 10_500, 20_500)
    await see('#status', 'Connection lost, trying again')
    expect(await page.locator('#stop').isDisabled()).toBe(true)
    await see('#status', 'Running')
    await see('#clock', '20 s of 40 s')
    // hello, two states and ten ticks had come.
    expect(streams.map(({ lastId }) => lastId)).toEqual([undefined, '13'])
    await page.locator('#every').check()
    await expect.poll(rows).toBe(20)
    unsubscribe('http.server.request.start', onRequest as (message: unknown) => void)
  })

  it('to a server that has left, and then to one that does not know the page, is said', async () => {
    await open()
    const { port } = new URL(dashboard.url)
    dashboard.begin(helloFor(record, null), SLA)
    await page.goto(dashboard.url)
    play(record, dashboard, 0, 10_500)
    await see('#clock', '10 s of 40 s')
    await dashboard.close()
    await see('#status', 'Connection lost, trying again')
    const other = await serveUi({ port: Number(port), secret: true, routes: {} })
    await see('#status', 'Connection refused. Open the URL that the command printed.')
    await other.close()
  })
})

describe('the controls', () => {
  const running = async () => {
    await open()
    dashboard.begin(helloFor(record, null), SLA)
    await page.goto(dashboard.url)
    play(record, dashboard, 0, 5500)
    await see('#status', 'Running')
  }

  it('pause, scale and resume with the keyboard alone reach the control loop', async () => {
    await running()
    expect(dashboard.byHand()).toBeNull()
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('pause')
    await page.keyboard.press('Enter')
    await see('#status', 'Policy paused')
    expect(dashboard.byHand()).toEqual({ kind: 'pause' })
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('replicas')
    await page.keyboard.type('4')
    await page.keyboard.press('Enter')
    await expect.poll(() => dashboard.byHand()).toEqual({ kind: 'scale', replicas: 4 })
    await page.getByRole('button', { name: 'Resume policy' }).click()
    await see('#status', 'Running, was steered by hand')
    expect(dashboard.byHand()).toBeNull()
  })

  it('the stepper keeps to the bounds, and what the server refuses is read out', async () => {
    await running()
    const more = page.getByRole('button', { name: 'One replica more' })
    for (let i = 0; i < 12; i++) await more.click()
    expect(await page.locator('#replicas').inputValue()).toBe('8')
    await page.evaluate(() => {
      document.querySelector('form')!.noValidate = true
    })
    await page.locator('#replicas').fill('99')
    await page.locator('#scale').click()
    await see('[role=alert]', 'Not done: replicas is 99, expected a whole number from 1 to 8')
    expect(dashboard.byHand()).toBeNull()
  })

  it('stop asks first; Escape and the first button keep the run', async () => {
    await running()
    await page.locator('#stop').click()
    await page.keyboard.press('Escape')
    await page.locator('#stop').click()
    await page.getByRole('button', { name: 'Keep running' }).press('Enter')
    expect(stops).toBe(0)
    await page.locator('#stop').click()
    await page.locator('dialog').getByRole('button', { name: 'Stop run' }).click()
    await see('#status', 'Stopping')
    expect(stops).toBe(1)
    dashboard.end({
      ...ending,
      state: 'interrupted',
      metrics: null,
      verdict: { valid: false, reasons: ['the run was interrupted'] },
    })
    await see('#status', 'Run stopped before its end, not valid: the run was interrupted')
  })

  it('the state is a live region that says nothing new at a tick', async () => {
    await running()
    await page.evaluate(() => {
      const seen: string[] = []
      Object.assign(window, { seen })
      for (const region of document.querySelectorAll('[aria-live], [role=alert], [role=status]'))
        new MutationObserver(() => seen.push(region.textContent)).observe(region, {
          childList: true,
          subtree: true,
          characterData: true,
        })
    })
    play(record, dashboard, 5500, 15_500)
    await see('#clock', '15 s of 40 s')
    expect(await page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual([])
  })
})

it.each([
  ['light', 1400],
  ['dark', 1400],
  ['light', 420],
  ['dark', 420],
] as const)(
  '%s and %d px wide: nothing is cut off, texts stand out from what is behind them',
  async (colorScheme, width) => {
    await open()
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 900 })
    dashboard.begin(helloFor(record, prediction), SLA)
    play(record, dashboard, 0, 20_500)
    await page.goto(dashboard.url)
    await see('#clock', '20 s of 40 s')
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
    ).toBeLessThanOrEqual(0)
    const outside = await page.evaluate(() =>
      [...document.querySelectorAll('figure text')]
        .filter(
          (label) =>
            label.getBoundingClientRect().right >
            label.closest('figure')!.getBoundingClientRect().right + 0.5,
        )
        .map((label) => label.textContent),
    )
    expect(outside).toEqual([])
    const [ink, paper] = await page.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(document.body)
      return [color, backgroundColor]
    })
    expect(contrast(ink!, paper!)).toBeGreaterThan(7)
  },
)

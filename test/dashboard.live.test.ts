import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { OWNER_LABEL } from '../live/labels.ts'
import { withPodman } from '../live/standing.ts'
import { policyByName } from '../policies/parameters.ts'
import { brokenLaws } from '../record/laws.ts'
import { readRecord } from '../record/read.ts'
import { replay } from '../sim/replay.ts'
import { launchBrowser } from '../ui/browser.case.ts'

/** `live run --ui`: a person in a browser steers real replicas, and the record tells of it. */
const ROOT = join(import.meta.dirname, '..')
let folder: string
let browser: Browser
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser.close()
  await rm(folder, { recursive: true })
})

/** The command, and its page once it has said where that is. */
async function start(out: string, slice: string) {
  const args = ['run', '--policy', 'pid', '--trace', 'spike', '--slice', slice, '--out', out, '--ui']
  const child = execa(join(ROOT, 'bin', 'live'), args, { cwd: folder, reject: false })
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
      const [, address] = /dashboard: (\S+)\n/.exec(said) ?? []
      if (address) resolve(address)
    })
    void child.then(() => reject(new Error(`ended before it said its URL: ${said}`)))
  })
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
  await page.goto(url)
  await status(page, /^Running$/)
  return { child, page }
}

const status = (page: Page, words: string | RegExp) =>
  page.locator('#status').filter({ hasText: words }).waitFor({ timeout: 30_000 })

async function leftBy(pid: number): Promise<string[]> {
  const label = `${OWNER_LABEL}=${pid}`
  return withPodman(async (podman) => [
    ...(await podman.list({ label })).map(({ name }) => name),
    ...(await podman.listNetworks({ label })).map(({ name }) => name),
  ])
}

it('paused, scaled to three and stopped from the page: three become ready, the record says who decided, nothing is left', async () => {
  const { child, page } = await start('stopped', '0s..60s')
  await page.locator('#clock').filter({ hasText: '3 s of 60 s' }).waitFor()
  await page.getByRole('button', { name: 'Pause policy' }).click()
  await status(page, 'Policy paused')
  await page.locator('#replicas').fill('3')
  await page.getByRole('button', { name: 'Scale', exact: true }).click()
  const ready = page.locator('#figures div').filter({ hasText: 'Replicas ready' }).locator('dd').first()
  await ready.filter({ hasText: '3' }).waitFor()
  expect(await page.locator('#log').innerText()).toContain('scaled by hand')
  await page.getByRole('button', { name: 'Stop run' }).click()
  await page.locator('dialog').getByRole('button', { name: 'Stop run' }).click()
  await status(page, /Run stopped before its end, not valid: .*steered by hand at \ds/)
  const { exitCode } = await child
  expect(exitCode).toBe(130)
  const record = await readRecord(join(folder, 'stopped'))
  expect(record.run.state).toBe('interrupted')
  expect(brokenLaws(record)).toEqual([])
  const byHand = record.ticks.filter((row) => row.byHand)
  expect(byHand.filter((row) => row.byHand === 'scale').map(({ target }) => target)).toEqual([3])
  expect(byHand.find((row) => row.byHand === 'pause')!.decision).toEqual({
    kind: 'hold',
    reason: 'paused by hand',
  })
  expect(record.ticks.slice(0, 3).every((row) => row.byHand === undefined)).toBe(true)
  expect(replay(record, policyByName('pid'))).toEqual([])
  expect(await leftBy(child.pid!)).toEqual([])
  await page.close()
})

it('paused for a while and run to its end: exit 4, for it measures no policy, and the page keeps its result', async () => {
  const { child, page } = await start('steered', '0s..8s')
  await page.getByRole('button', { name: 'Pause policy' }).click()
  await status(page, 'Policy paused')
  await page.locator('#log').filter({ hasText: 'paused by hand' }).waitFor()
  await page.getByRole('button', { name: 'Resume policy' }).click()
  await status(page, 'Running, was steered by hand')
  const { exitCode, stderr } = await child
  expect(exitCode).toBe(4)
  expect(stderr).toMatch(/is not valid: steered by hand at \ds/)
  await status(page, /Run over, not valid: steered by hand at \ds/)
  const { stdout } = await execa(join(ROOT, 'bin', 'sim'), ['replay', 'steered'], { cwd: folder })
  expect(stdout).toMatch(
    /(\d) of \1 decisions the same \(100 %\); \d further ticks? (was|were) decided by hand/,
  )
  expect(await leftBy(child.pid!)).toEqual([])
  await page.close()
})

/// <reference lib="dom" />
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../ui/browser.case.ts'

const BUILD = join(import.meta.dirname, 'build.ts')
const NOTEBOOKS = ['1', '2', '3', '4', '5']

let folder = ''
const build = (args: string[]) => execa(process.execPath, [BUILD, ...args], { reject: false })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notebooks-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A folder with one notebook. */
async function written(text: string): Promise<string> {
  const own = await mkdtemp(join(folder, 'own-'))
  await writeFile(join(own, '1-own.md'), text)
  return own
}

describe('the notebooks', () => {
  const pages = new Map<string, string>()

  beforeAll(async () => {
    const out = join(folder, 'built')
    // Two processes for two cores: each builds its pages, and the same index.
    const [a, b] = await Promise.all([
      build(['1', '2', '3', '--out', out]),
      build(['4', '5', '--out', join(folder, 'others')]),
    ])
    expect(a.stderr + b.stderr).not.toMatch(/error|bug/)
    for (const from of [out, join(folder, 'others')])
      for (const name of await readdir(from)) pages.set(name, await readFile(join(from, name), 'utf8'))
  }, 240_000)

  it('run to the end, each cell of them, and become a page each', () => {
    expect([...pages.keys()].map((name) => name[0]).sort()).toEqual([...NOTEBOOKS, 'i'])
    for (const [name, html] of pages) {
      if (name === 'index.html') continue
      expect(html.match(/<figure>/g)?.length, name).toBeGreaterThanOrEqual(2)
      expect(html, name).toContain('<h2>Finding</h2>')
    }
  })

  it('load nothing, run nothing, and name nothing outside but each other', () => {
    for (const [name, html] of pages) {
      expect(html, name).toContain("default-src 'none'; style-src 'unsafe-inline'")
      expect(html, name).not.toMatch(/<script|<link|<img|<iframe|@import|\ssrc=|url\((?!#)/i)
      const links = [...html.matchAll(/ href="([^"]+)"/g)].map(([, href]) => href!)
      expect(links.length, name).toBeGreaterThan(0)
      for (const href of links) expect([...pages.keys()], name).toContain(href)
    }
  })

  it('have no value left over, no unknown one, and no identifier twice', () => {
    for (const [name, html] of pages) {
      const prose = html.replace(/<pre[\s\S]*?<\/pre>|<style[\s\S]*?<\/style>/g, '')
      expect(prose, name).not.toMatch(/[\uE000\uE001]|\$\{|NaN|undefined|\bnull\b|Infinity/)
      const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!)
      expect(new Set(ids).size, name).toBe(ids.length)
      for (const [, id] of html.matchAll(/url\(#([^)]+)\)/g)) expect(ids, name).toContain(id)
    }
  })

  it('fit a telephone: only pictures, tables and code scroll, each by itself', async () => {
    const browser = await launchBrowser()
    try {
      const page = await browser.newPage({ viewport: { width: 420, height: 900 } })
      const asked: string[] = []
      page.on('request', (request) => asked.push(request.url()))
      for (const [name, html] of pages) {
        await page.setContent(html)
        const { scrollWidth, clientWidth } = await page.evaluate(() => {
          const { scrollWidth, clientWidth } = document.documentElement
          return { scrollWidth, clientWidth }
        })
        expect(scrollWidth, name).toBeLessThanOrEqual(clientWidth)
      }
      expect(asked).toEqual([])
    } finally {
      await browser.close()
    }
  }, 60_000)

  it('come out the same, to the byte, when they are built again, alone and not behind another', async () => {
    const again = join(folder, 'again')
    expect((await build(['2', '--out', again])).exitCode).toBe(0)
    const hash = (text: string) => createHash('sha256').update(text).digest('hex')
    for (const name of await readdir(again))
      expect(hash(await readFile(join(again, name), 'utf8')), name).toBe(hash(pages.get(name)!))
  }, 60_000)
})

describe("a notebook of one's own", () => {
  it('has its values and tables escaped', async () => {
    const from = await written(
      [
        '# A < B',
        '',
        'Is <b>it</b>?',
        '',
        '```ts',
        "const evil = '<script>*x*</script>'",
        "show([{ '<i>': evil, n: 1 }])",
        'show(evil)',
        '```',
        '',
        `It is \${evil}.`,
      ].join('\n'),
    )
    const { exitCode } = await build(['--from', from, '--out', from])
    expect(exitCode).toBe(0)
    const html = await readFile(join(from, '1-own.html'), 'utf8')
    expect(html).not.toContain('<script')
    expect(html).toContain('It is <span class="value">&lt;script&gt;*x*&lt;/script&gt;</span>.')
    expect(html).toContain('<th scope="col" class="text">&lt;i&gt;</th>')
    expect(html).toContain('<title>A &lt; B</title>')
  })

  it.each([
    ['that throws', 'const a: number = 1\nnull!.b', '1-own.md:7: cell 1: Cannot read'],
    ['that is no TypeScript', 'const a = = 1', '1-own.md:6: cell 1: Expression expected'],
    [
      'with a name that is not there',
      "import { x } from './gone.ts'",
      '1-own.md:6: cell 1: Cannot find module',
    ],
    [
      'that fails far below',
      'await Promise.all([1].map(async () => {\n  gone()\n}))',
      '1-own.md:7: cell 1: gone is not',
    ],
    [
      'with an unknown value behind it',
      `const a = null\n\`\`\`\n\nIt is \${a}.\n\n\`\`\`ts`,
      '1-own.md:9: a value in the prose',
    ],
  ])('a cell %s is told with file and line, and nothing is written', async (_what, code, message) => {
    const from = await written(`# T\n\nQ?\n\n\`\`\`ts\n${code}\n\`\`\`\n`)
    const out = join(from, 'built')
    const { exitCode, stderr } = await build(['--from', from, '--out', out])
    expect(stderr).toContain(message)
    expect(exitCode).toBe(2)
    await expect(readdir(out)).rejects.toThrow('ENOENT')
  })

  it('that is not there is refused with the names that are', async () => {
    const { exitCode, stderr } = await build(['9'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('1-calibrating-a-container')
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cruise, type IModule } from 'dependency-cruiser'
import { beforeAll, describe, expect, it } from 'vitest'

/** ARCHITECTURE.md's table: who may import whom, besides itself. `types` only: `import type`. */
const MAY_IMPORT: Record<string, { folders: string[]; types?: string[] }> = {
  base: { folders: [] },
  traces: { folders: ['base'] },
  policies: { folders: ['base'] },
  record: { folders: ['base'], types: ['policies'] },
  control: { folders: ['base', 'policies', 'record'] },
  sim: { folders: ['base', 'traces', 'policies', 'record', 'control', 'analysis'] },
  live: { folders: ['base', 'traces', 'policies', 'record', 'control'] },
  analysis: { folders: ['base', 'record'] },
  plots: { folders: ['base', 'record', 'analysis'] },
  ui: { folders: ['base', 'traces', 'policies', 'record', 'control', 'sim', 'analysis', 'plots'] },
  report: {
    folders: ['base', 'traces', 'policies', 'record', 'control', 'sim', 'analysis', 'plots'],
  },
  cli: {
    folders: [
      'base',
      'traces',
      'policies',
      'record',
      'control',
      'sim',
      'live',
      'analysis',
      'plots',
      'ui',
      'report',
    ],
  },
  bench: {
    folders: ['base', 'traces', 'policies', 'record', 'control', 'sim', 'live', 'analysis', 'plots', 'cli'],
  },
  notebooks: {
    folders: ['base', 'traces', 'policies', 'record', 'control', 'sim', 'analysis', 'plots', 'cli'],
  },
}
const ROOT = join(import.meta.dirname, '..')
/** What policies/ and control/ may not reach, at any distance. */
const IMPURE = /^(node:.*|base\/(clock|random)\.ts|undici|execa)$/

const isTest = (path: string) => /\.(test|case)\.ts$/.test(path) || path.startsWith('test/')
const folderOf = (path: string) => path.split('/')[0]!

let modules: IModule[] = []

beforeAll(async () => {
  const { output } = await cruise(Object.keys(MAY_IMPORT), {
    baseDir: ROOT,
    exclude: { path: 'node_modules|webapp' },
    tsPreCompilationDeps: 'specify',
    combinedDependencies: true,
    parser: 'swc',
  } as Parameters<typeof cruise>[1])
  if (typeof output === 'string') throw new Error(output)
  modules = output.modules.filter(({ source }) => source.endsWith('.ts') && !isTest(source))
}, 60_000)

describe('the layers', () => {
  it('were really read', () => {
    expect(modules.length).toBeGreaterThan(60)
    const sources = modules.map((module) => module.source)
    for (const folder of Object.keys(MAY_IMPORT))
      expect(
        sources.some((s) => folderOf(s) === folder),
        folder,
      ).toBe(true)
  })

  it('import only along the arrows', () => {
    const broken = modules.flatMap(({ source, dependencies }) => {
      const { folders, types = [] } = MAY_IMPORT[folderOf(source)]!
      return dependencies
        .filter(({ resolved }) => folderOf(resolved) in MAY_IMPORT && folderOf(resolved) !== folderOf(source))
        .filter(({ resolved, dependencyTypes }) => {
          const target = folderOf(resolved)
          const onlyTypes = dependencyTypes.includes('type-only')
          return !folders.includes(target) && !(onlyTypes && types.includes(target))
        })
        .map(({ resolved }) => `${source} imports ${resolved}`)
    })
    expect(broken).toEqual([])
  })

  it('have no import cycle', () => {
    const cycles = modules.flatMap(({ source, dependencies }) =>
      dependencies.filter(({ circular }) => circular).map(({ resolved }) => `${source} -> ${resolved}`),
    )
    expect(cycles).toEqual([])
  })

  it('keep policies/ and control/ pure: no clock, chance or I/O, at any distance', () => {
    const bySource = new Map(modules.map((module) => [module.source, module]))
    const reached = (source: string, seen: Set<string>): string[] => {
      if (seen.has(source)) return []
      seen.add(source)
      const targets = (bySource.get(source)?.dependencies ?? [])
        .filter(({ dependencyTypes }) => !dependencyTypes.includes('type-only'))
        .map(({ resolved, module }) => (bySource.has(resolved) ? resolved : module))
      return targets.flatMap((target) => [
        ...(IMPURE.test(target) ? [`${source} -> ${target}`] : []),
        ...reached(target, seen),
      ])
    }
    const pure = modules
      .map(({ source }) => source)
      .filter((source) => ['policies', 'control'].includes(folderOf(source)))
    expect(pure.length).toBeGreaterThan(8)
    expect(pure.flatMap((source) => reached(source, new Set()))).toEqual([])
  })

  it('read clocks and chance only in base/clock.ts and base/random.ts', () => {
    const banned =
      /\bDate\b|\bMath\.random\b|\bperformance\.|\bset(Timeout|Interval|Immediate)\s*\(|process\.hrtime|node:timers/
    const offenders = modules
      .map(({ source }) => source)
      .filter((source) => source !== 'base/clock.ts' && source !== 'base/random.ts')
      .filter((source) => banned.test(withoutComments(readFileSync(join(ROOT, source), 'utf8'))))
    expect(offenders).toEqual([])
  })
})

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')

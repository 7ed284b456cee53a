import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { isAllowed, LICENCES_FILE, licencesPage, lockedPackages } from '../scripts/licences.ts'

const ROOT = join(import.meta.dirname, '..')
const packages = lockedPackages()

it('docs/licences.md is what the lock says (npm run licences)', () => {
  expect(readFileSync(LICENCES_FILE, 'utf8')).toBe(licencesPage(packages))
})

it('every package, of development too, is under a licence that is allowed', () => {
  expect(packages.length).toBeGreaterThan(100)
  expect(packages.filter(({ licence }) => !isAllowed(licence))).toEqual([])
})

it('reads expressions', () => {
  expect(['MIT', '(MIT OR GPL-3.0)', 'Apache-2.0 AND MIT'].every(isAllowed)).toBe(true)
  expect(['', 'GPL-3.0', 'MIT AND GPL-3.0', 'SEE LICENSE IN x'].some(isAllowed)).toBe(false)
})

it('an installed package says the same of itself as the lock', () => {
  const installed = packages.filter(({ path }) => existsSync(join(ROOT, path, 'package.json')))
  expect(installed.length).toBeGreaterThan(100)
  const other = installed.filter(({ path, version, licence }) => {
    const own = JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8'))
    return (
      own.version !== version || (own.license?.type ?? own.license ?? own.licenses?.[0]?.type) !== licence
    )
  })
  expect(other.map(({ path }) => path)).toEqual([])
})

it('npm runs no install script, and no package is new among those that have one', () => {
  expect(readFileSync(join(ROOT, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m)
  const scripts = packages.filter(({ hasInstallScript }) => hasInstallScript)
  expect(scripts.map(({ name }) => name)).toEqual(['@swc/core', 'esbuild', 'msgpackr-extract'])
})

it('few packages are named directly', () => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  expect(Object.keys(dependencies).length).toBeLessThanOrEqual(25)
})

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** `npm run licences`: writes docs/licences.md from package-lock.json. */

const ROOT = join(import.meta.dirname, '..')
export const LICENCES_FILE = join(ROOT, 'docs', 'licences.md')

/** SPDX names. MPL-2.0 asks for the source of changed files only; the others for their notice, or nothing. */
export const ALLOWED = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MPL-2.0',
  'OFL-1.1',
  'Unlicense',
]

export interface LockedPackage {
  path: string
  name: string
  version: string
  /** SPDX expression; '' where the package says none. */
  licence: string
  dev: boolean
  /** Only on some platforms, as a rule. */
  optional: boolean
  hasInstallScript: boolean
}

export function lockedPackages(): LockedPackage[] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<
      string,
      { version: string; license?: string; dev?: boolean; optional?: boolean; hasInstallScript?: boolean }
    >
  }
  return Object.entries(lock.packages)
    .filter(([path]) => path !== '')
    .map(([path, { version, license = '', dev = false, optional = false, hasInstallScript = false }]) => ({
      path,
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      licence: license,
      dev,
      optional,
      hasInstallScript,
    }))
}

/** Every licence of `A AND B`, one of `A OR B`. */
export function isAllowed(expression: string): boolean {
  const alternatives = expression.replace(/^\(|\)$/g, '').split(' OR ')
  return alternatives.some((all) => all.split(' AND ').every((name) => ALLOWED.includes(name)))
}

export function licencesPage(packages: readonly LockedPackage[]): string {
  const used = packages.filter(({ dev }) => !dev)
  const rows = used
    .map(
      ({ name, version, licence, optional }) =>
        `| ${name} | ${version} | ${licence} | ${optional ? 'optional' : ''} |`,
    )
    .filter((row, index, all) => all.indexOf(row) === index)
    .sort()
  const scripts = packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => `\`${name}\``)
  return `# Licences

ScaleTwin is under the MIT licence (LICENSE). What it needs is not part of this repository; it is installed.

## npm packages

Made by \`npm run licences\` from package-lock.json, which has a checksum for each; \`test/licences.test.ts\` holds the two together and
refuses a licence that is not one of ${ALLOWED.join(', ')}. Those for development and tests (${packages.length - used.length}) are under the same licences and not listed.

None needs its install script, and .npmrc keeps npm from running any. These have one: ${scripts.join(', ')}; what they would do
(check or build a binary) is done by the packages for each platform, which npm installs besides. \`overrides\` in package.json holds
msgpackr-extract at the version whose packages for all platforms are in the lock.

Pages that \`sim plot\` and \`sim report\` write contain parts of some: the font Inter (OFL-1.1), and in pictures as pages Vega,
Vega-Lite and Vega-Embed (BSD-3-Clause).

| package | version | licence | |
| --- | --- | --- | --- |
${rows.join('\n')}

## Debian packages

In the images that are built on first use, in the version of the Debian that they are built from; each keeps its
own text in Debian's archive: the base system, \`python3\` (PSF-2.0), \`python3-flask\` (BSD-3-Clause), \`python3-flask-restful\`
(BSD-3-Clause), \`python3-flask-limiter\` (MIT), \`haproxy\` (GPL-2.0-or-later, its headers LGPL-2.1).

On the machine, as programs that are called: \`podman\`, \`runc\`, \`netavark\`, \`aardvark-dns\` (Apache-2.0), \`mmdebstrap\` (MIT), \`iptables\`
(GPL-2.0-or-later); for the tests \`redis-server\` (BSD-3-Clause in Debian 12) and \`chromium\` (BSD-3-Clause and others).
`
}

if (import.meta.main) writeFileSync(LICENCES_FILE, licencesPage(lockedPackages()))

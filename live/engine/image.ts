import { chmod, mkdir, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environmentLacks } from '../../base/errors.ts'
import { hashOf } from '../../base/hash.ts'
import { scratchName } from '../scratch.ts'
import { aptMirror } from './aptMirror.ts'
import { type Command, commandIn } from './command.ts'
import { removeScratch } from './removeScratch.ts'

/** The registry's base, the default of `ARG BASE` in both Containerfiles. */
const REGISTRY_BASE = 'docker.io/library/debian:bookworm-slim'

/** A network that swallows packets must not hang the first run: after this, the base is bootstrapped. */
const PULL_TIMEOUT_MS = 20_000

/** Says on each image which base it was built from. */
const BASE_LABEL = 'scaletwin.base'

const ROOT = join(import.meta.dirname, '../..')

export interface Images {
  app: string
  proxy: string
  base: string
}

/**
 * The web application's and the proxy's image, built where they are missing. A tag carries the hash of the
 * image's inputs, so an unchanged tree builds nothing and a changed file can never run an old image.
 */
export async function ensureImages(options: {
  /** From containersEnv(): with it podman works on this machine. */
  env: NodeJS.ProcessEnv
  signal?: AbortSignal
  say: (line: string) => void
}): Promise<Images> {
  const run = commandIn(options)
  const cleanUp = commandIn({ env: options.env })
  const app = await recipe('scaletwin-app', 'Containerfile', 'live/webapp')
  const proxy = await recipe('scaletwin-proxy', 'live/proxy/Containerfile', null)
  const built = await Promise.all([baseOf(run, app.tag), baseOf(run, proxy.tag)])
  if (built[0] && built[1]) return { app: app.tag, proxy: proxy.tag, base: built[0] }

  const base = await ensureBase(run, cleanUp, options.say)
  if (!built[0]) await build(run, cleanUp, app, base, options.say)
  if (!built[1]) await build(run, cleanUp, proxy, base, options.say)
  return { app: app.tag, proxy: proxy.tag, base }
}

interface Recipe {
  tag: string
  containerfile: string
}

async function recipe(name: string, containerfile: string, sources: string | null): Promise<Recipe> {
  const names = sources === null ? [] : await readdir(join(ROOT, sources))
  const python = names.filter((file) => file.endsWith('.py')).map((file) => `${sources}/${file}`)
  const inputs = [containerfile, ...python.sort()]
  const contents = await Promise.all(
    inputs.map(async (path) => [path, await readFile(join(ROOT, path), 'utf8')]),
  )
  return { tag: `localhost/${name}:${hashOf(contents).slice(0, 12)}`, containerfile }
}

/** The base that an image of ours was built from; null where the image does not exist. */
async function baseOf(run: Command, tag: string): Promise<string | null> {
  const format = `{{index .Labels "${BASE_LABEL}"}}`
  const { ok, stdout } = await run('podman', ['image', 'inspect', '--format', format, tag], { mayFail: true })
  return ok ? stdout.trim() : null
}

async function ensureBase(run: Command, cleanUp: Command, say: (line: string) => void): Promise<string> {
  if (await exists(run, REGISTRY_BASE)) return REGISTRY_BASE
  const mirror = await aptMirror(run)
  const bootstrapped = `localhost/scaletwin-base:${mirror?.codename ?? 'bookworm'}`
  if (await exists(run, bootstrapped)) {
    say(`base image: ${bootstrapped}, bootstrapped earlier`)
    return bootstrapped
  }

  say(`base image: pulling ${REGISTRY_BASE}`)
  const pull = await run('podman', ['pull', '--quiet', REGISTRY_BASE], {
    mayFail: true,
    timeoutMs: PULL_TIMEOUT_MS,
  })
  if (pull.ok) return REGISTRY_BASE

  if (!mirror) {
    throw environmentLacks(
      `no base image: ${REGISTRY_BASE} cannot be pulled (${pull.why}), and there is no apt mirror to bootstrap from`,
      `podman pull ${REGISTRY_BASE}`,
    )
  }
  say(
    `base image: the registry is out of reach, bootstrapping ${bootstrapped} from apt's mirror (about a minute)`,
  )
  await bootstrap(run, cleanUp, mirror, bootstrapped)
  return bootstrapped
}

/** The smallest Debian that apt can make, imported as an image. Leaves no file behind, finished or not. */
async function bootstrap(
  run: Command,
  cleanUp: Command,
  mirror: { url: string; codename: string },
  tag: string,
): Promise<void> {
  const name = scratchName('base')
  const folder = join(tmpdir(), name)
  await mkdir(folder, { mode: 0o700 })
  const tar = join(folder, 'rootfs.tar')
  // Kept in the image, so that packages installed on top of it bring no documentation either.
  const lean = ['doc', 'man', 'locale', 'info'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`)
  try {
    await chmod(folder, 0o755) // apt's own user works in it too
    const args = ['--quiet', '--variant=minbase', ...lean, mirror.codename, tar, mirror.url]
    await run('mmdebstrap', args, { env: { TMPDIR: folder } })
    await run('podman', ['import', '--quiet', tar, tag])
  } finally {
    await removeScratch(cleanUp, name)
  }
}

/**
 * Leaves nothing behind when it is interrupted: `--layers=false` makes no intermediate image, and podman names
 * the container it builds in after the base, so a base under a name used once finds exactly that container.
 */
async function build(
  run: Command,
  cleanUp: Command,
  image: Recipe,
  base: string,
  say: (line: string) => void,
): Promise<void> {
  say(`building ${image.tag} from ${base}`)
  const alias = scratchName('build')
  const folder = join(tmpdir(), alias)
  await mkdir(folder, { mode: 0o700 })
  try {
    await run('podman', ['tag', base, `localhost/${alias}`])
    const flags = ['--quiet', '--layers=false', '--force-rm', '--pull=never', '--file', image.containerfile]
    const label = `${BASE_LABEL}=${base}`
    const names = ['--build-arg', `BASE=localhost/${alias}`, '--label', label, '--tag', image.tag]
    await run('podman', ['build', ...flags, ...names, '.'], { cwd: ROOT, env: { TMPDIR: folder } })
  } finally {
    await removeScratch(cleanUp, alias)
  }
}

async function exists(run: Command, tag: string): Promise<boolean> {
  const { ok } = await run('podman', ['image', 'exists', tag], { mayFail: true })
  return ok
}

import type { Command } from './command.ts'

export interface AptMirror {
  url: string
  codename: string
}

const FIELDS = ['$(SITE)', '$(RELEASE)', '$(CODENAME)', '$(COMPONENT)', '$(CREATED_BY)']

/** The mirror and codename of the machine's own apt; null where there is no apt or no Debian in its sources. */
export async function aptMirror(run: Command): Promise<AptMirror | null> {
  const format = FIELDS.join(' ')
  const targets = await run(
    'sh',
    ['-c', `command -v apt-get >/dev/null && apt-get indextargets --format '${format}'`],
    {
      mayFail: true,
    },
  )
  const running = await run('sh', ['-c', '. /etc/os-release && echo "$VERSION_CODENAME"'], { mayFail: true })
  return targets.ok ? mirrorOf(targets.stdout, running.stdout.trim()) : null
}

/**
 * The main archive of the release that runs, not its -updates or -security: those carry an expiry date, so an
 * old snapshot of them would be refused.
 * @param targets lines of `site release codename component created-by`.
 */
export function mirrorOf(targets: string, codename: string): AptMirror | null {
  const rows = targets.split('\n').map((line) => line.split(' '))
  const row = rows.find(
    ([url, release, code, component, createdBy]) =>
      url !== '' &&
      code === codename &&
      isMain(release, codename) &&
      component === 'main' &&
      createdBy === 'Packages',
  )
  return row ? { url: row[0]!, codename } : null
}

/** A sources file may name the release by its codename or by its suite. */
const isMain = (release: string | undefined, codename: string) =>
  release === codename || release === 'stable' || release === 'oldstable'

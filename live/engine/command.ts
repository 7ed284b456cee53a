import { execa } from 'execa'
import { after } from '../../base/clock.ts'
import { environmentLacks } from '../../base/errors.ts'

const PACKAGES = 'podman runc netavark aardvark-dns mmdebstrap'

/** How long a command has between SIGTERM and SIGKILL: mmdebstrap and podman build clean up in it. */
const GRACE_MS = 15_000

export type Command = (
  file: string,
  args: readonly string[],
  options?: { mayFail?: boolean; timeoutMs?: number; cwd?: string; env?: NodeJS.ProcessEnv },
) => Promise<{ ok: boolean; stdout: string; why: string }>

/**
 * Runs commands in one environment until the signal aborts.
 * A missing command is said with the apt command that brings it; an abort rejects with the signal's reason;
 * any other failure is an Error with the last lines of stderr, or `ok: false` under `mayFail`.
 */
export function commandIn(options: { env: NodeJS.ProcessEnv; signal?: AbortSignal }): Command {
  return async (file, args, { mayFail = false, timeoutMs, cwd, env } = {}) => {
    options.signal?.throwIfAborted()
    const child = execa(file, args, {
      env: { ...options.env, ...env },
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
      cwd,
      timeout: timeoutMs,
      // A process group of its own, so that an abort reaches the command's children too.
      detached: true,
    })
    const stopWatching = endOnAbort(child, options.signal)
    const result = await child
    stopWatching()
    options.signal?.throwIfAborted()
    if (result.code === 'ENOENT') {
      throw environmentLacks(
        `${file} is not installed`,
        `apt-get install -y --no-install-recommends ${PACKAGES}`,
      )
    }
    const why = result.timedOut ? `no end within ${timeoutMs} ms` : lastLines(result.stderr)
    if (result.failed && !mayFail) {
      throw new Error(`${file} ${args.slice(0, 2).join(' ')} failed (exit ${result.exitCode}): ${why}`, {
        cause: result,
      })
    }
    return { ok: !result.failed, stdout: result.stdout, why }
  }
}

/** On abort: SIGTERM to the whole group, SIGKILL after GRACE_MS. The returned function ends the watch. */
function endOnAbort(child: { pid?: number }, signal: AbortSignal | undefined): () => void {
  let cancelKill = () => {}
  const end = () => {
    killGroup(child.pid, 'SIGTERM')
    cancelKill = after(GRACE_MS, () => killGroup(child.pid, 'SIGKILL'))
  }
  signal?.addEventListener('abort', end, { once: true })
  return () => {
    signal?.removeEventListener('abort', end)
    cancelKill()
  }
}

function killGroup(pid: number | undefined, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // ESRCH: it has just ended
  }
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' | ').slice(-500)
}

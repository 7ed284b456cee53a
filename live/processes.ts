import { readdir, readFile } from 'node:fs/promises'
import { monotonicMs, sleep } from '../base/clock.ts'
import { isRunning, type ProcessId, processId } from '../base/processId.ts'

const POLL_MS = 20

/** The processes of this machine whose command line (arguments separated by NUL) fits. */
export async function processesWith(fits: (command: string) => boolean): Promise<ProcessId[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found: ProcessId[] = []
  for (const pid of pids) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (pid !== process.pid && fits(command)) found.push(processId(pid))
  }
  return found
}

/** SIGTERM, and SIGKILL to what is still there after `graceMs`; resolves when all are gone. */
export async function endProcesses(found: readonly ProcessId[], graceMs: number): Promise<void> {
  signal(found, 'SIGTERM')
  const deadlineMs = monotonicMs() + graceMs
  while (found.some(isRunning)) {
    if (monotonicMs() > deadlineMs) signal(found, 'SIGKILL')
    await sleep(POLL_MS)
  }
}

function signal(found: readonly ProcessId[], name: NodeJS.Signals): void {
  for (const id of found.filter(isRunning)) {
    try {
      process.kill(id.pid, name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // ESRCH: it has just ended
    }
  }
}

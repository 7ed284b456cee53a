import { join } from 'node:path'
import { execa, type ResultPromise } from 'execa'

/** The policy that starts and stops replicas all the time. */
export const SAWTOOTH = join(import.meta.dirname, 'sawtooth.case.ts')

/** `bin/live` as a person runs it: the process that is started is the controller itself. */
export const live = (args: readonly string[], cwd: string) =>
  execa(join(import.meta.dirname, '../bin/live'), args, { cwd, reject: false })

/** Resolves when the process has written the text to stderr. */
export function says(child: ResultPromise, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = ''
    child.stderr!.on('data', (chunk) => {
      seen += chunk
      if (seen.includes(text)) resolve()
    })
    void child.then(() => reject(new Error(`ended before it said ${JSON.stringify(text)}: ${seen}`)))
  })
}

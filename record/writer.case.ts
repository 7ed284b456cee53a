import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sleep } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { startRecord } from './append.ts'
import type { RequestRow, RunHeader, TickRow } from './schema.ts'

/**
 * A process that writes records until it is killed: FOLDER/1, FOLDER/2, ..., each of ROWS requests (0: without end).
 * TEMPLATE holds the header and a tick. It says `<record> <rows so far>` after each burst, and `<record> done` after each finish.
 */
const [folder, rowsEach] = [process.argv[2]!, Number(process.argv[3])]
const { run, tick } = JSON.parse(await readFile(process.argv[4]!, 'utf8')) as {
  run: RunHeader
  tick: TickRow
}
/** A multiple of it makes a record, so that a burst ends with the record. */
const BURST = 20

const rowOf = (index: number): RequestRow => ({
  index,
  class: 'read',
  intendedMs: index / 7,
  sentMs: index / 7,
  doneMs: index / 7 + 1 / 3,
  queueWaitMs: null,
  serviceMs: 0.25,
  blockingMs: null,
  cpuMs: null,
  server: 'w1',
  status: 200,
  outcome: 'ok',
})

try {
  for (let number = 1; ; number++) {
    const record = await startRecord(join(folder, String(number)), { ...run, state: 'running' })
    try {
      for (let rows = 0; rowsEach === 0 || rows < rowsEach; rows += BURST) {
        for (let i = 0; i < BURST; i++) record.addRequest(rowOf(rows + i))
        record.addTick({ ...tick, observation: { ...tick.observation, nowMs: rows / 7 } })
        record.addReplicaEvent({ atMs: rows / 7, replica: `w${rows}`, state: 'starting' })
        process.stdout.write(`${number} ${rows + BURST}\n`)
        await sleep(4)
      }
    } finally {
      await record.finish(run)
    }
    process.stdout.write(`${number} done\n`)
  }
} catch (error) {
  process.stdout.write(`failed: ${messageOf(error)}\n`)
  process.exitCode = (error as { exitCode?: number }).exitCode ?? 1
}

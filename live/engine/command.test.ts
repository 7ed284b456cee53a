import { expect, test } from 'vitest'
import { monotonicMs, sleep } from '../../base/clock.ts'
import { UserError } from '../../base/errors.ts'
import { commandIn } from './command.ts'

const run = commandIn({ env: process.env })

test('success and failure share a shape', async () => {
  expect(await run('sh', ['-c', 'echo hello'])).toMatchObject({ ok: true, stdout: 'hello' })
  expect(await run('sh', ['-c', 'echo bad >&2; exit 3'], { mayFail: true })).toMatchObject({
    ok: false,
    why: 'bad',
  })
  await expect(run('sh', ['-c', 'echo bad >&2; exit 3'])).rejects.toThrow(/^sh -c .* failed \(exit 3\): bad$/)
})

test('a missing command is said with the command that brings it', async () => {
  const error = await run('scaletwin-no-such-command', [], { mayFail: true }).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(UserError)
  expect(error.exitCode).toBe(3)
  expect(error.message).toMatch(
    /^scaletwin-no-such-command is not installed\. To mend it: apt-get install .*podman/,
  )
})

test('a time-out is a failure that says so', async () => {
  expect((await run('sleep', ['5'], { mayFail: true, timeoutMs: 50 })).why).toBe('no end within 50 ms')
})

test('an abort ends the command and its children at once, with the reason', async () => {
  const abort = new AbortController()
  const aborted = commandIn({ env: process.env, signal: abort.signal })
  const startMs = monotonicMs()
  // Two processes: ending the shell alone would leave `sleep` holding the pipe.
  const running = aborted('sh', ['-c', 'sleep 20; echo done'])
  await sleep(100)
  abort.abort(new Error('interrupted'))
  await expect(running).rejects.toThrow('interrupted')
  expect(monotonicMs() - startMs).toBeLessThan(2000)
})

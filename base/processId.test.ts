import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { isRunning, parseProcessId, processId, processIdText } from './processId.ts'

it('a process is known by its pid and its start: the same pid started at another time, or in another boot, is another', () => {
  const self = processId()
  expect(self).toEqual({ pid: process.pid, started: expect.stringMatching(/^\d+\.[0-9a-f]{8}$/) })
  expect(isRunning(self)).toBe(true)
  const [ticks, boot] = self.started!.split('.')
  expect(isRunning({ ...self, started: `${Number(ticks) - 1}.${boot}` })).toBe(false)
  expect(isRunning({ ...self, started: `${ticks}.00000000` })).toBe(false)
  expect(isRunning({ ...self, started: null })).toBe(true)
})

it('one that has ended does not run', async () => {
  const child = spawn('sleep', ['60'])
  const id = processId(child.pid!)
  expect(isRunning(id)).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isRunning(id)).toBe(false)
})

it('is written as a text and read back', () => {
  for (const id of [processId(), { pid: 12, started: null }])
    expect(parseProcessId(processIdText(id))).toEqual(id)
  for (const text of ['', 'x', '-1', '1.2', '1/2.00000000', '1.2.00000000.3'])
    expect(parseProcessId(text), text).toBeNull()
})

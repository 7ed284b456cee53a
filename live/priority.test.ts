import { getPriority } from 'node:os'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import { goFirst } from './priority.ts'

it('goes first, where it may, until it is undone, so that no later child inherits it', async () => {
  const before = getPriority()
  const ahead = process.getuid?.() === 0 ? Math.max(-20, before - 10) : before
  for (let run = 0; run < 2; run++) {
    const undo = goFirst()
    expect(getPriority()).toBe(ahead)
    undo()
    expect(getPriority()).toBe(before)
    expect(Number((await execa('nice')).stdout)).toBe(before)
  }
})

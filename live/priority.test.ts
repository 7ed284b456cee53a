import { getPriority } from 'node:os'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import { goFirst } from './priority.ts'

it.runIf(process.getuid?.() === 0)(
  'goes first until it is undone, so that no later child inherits it',
  async () => {
    const before = getPriority()
    for (let run = 0; run < 2; run++) {
      const undo = goFirst()
      expect(getPriority()).toBe(Math.max(-20, before - 10))
      undo()
      expect(getPriority()).toBe(before)
      expect(Number((await execa('nice')).stdout)).toBe(before)
    }
  },
)

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sleep } from '../base/clock.ts'
import type { ContainerState } from './engine/podman.ts'
import { StandbyPool } from './standby.ts'
import type { Testbed } from './testbed.ts'

/** A container engine that does at once what it is asked, and notes it. */
function engine() {
  const calls: string[] = []
  let broken: string | null = null
  const call = (name: string) => async (container: string) => {
    calls.push(`${name} ${container}`)
    if (broken) throw new Error(broken)
  }
  const testbed = {
    createContainer: call('create'),
    removeContainer: async (name: string) => void calls.push(`remove ${name}`),
  } as Partial<Testbed> as Testbed
  return {
    testbed,
    calls,
    fail: (message: string | null) => {
      broken = message
    },
  }
}

describe('a pool of two created containers', () => {
  let parts: ReturnType<typeof engine>
  let pool: StandbyPool
  let nowMs: number
  let problems: string[]
  beforeEach(() => {
    parts = engine()
    nowMs = 0
    problems = []
    let named = 0
    pool = new StandbyPool(
      parts.testbed,
      { method: 'created', size: 2 },
      {
        newName: () => `w${++named}`,
        run: (task) => void task,
        now: () => nowMs,
        onProblem: (problem) => problems.push(problem),
      },
    )
  })
  afterEach(() => pool.close())

  const filled = async () => {
    pool.fill()
    await sleep(1)
  }

  it('has none before it is filled, and never more than two, however often it is', async () => {
    expect(pool.take()).toBeNull()
    expect(() => pool.checkFull()).toThrow('0 of 2 stand-by replicas')
    pool.fill()
    pool.fill()
    await filled()
    expect(pool.names).toEqual(['w1', 'w2'])
    expect(parts.calls).toEqual(['create w1', 'create w2'])
    pool.checkFull()
  })

  it('gives the one that waited longest, and makes as many as were taken', async () => {
    await filled()
    expect(pool.take()).toEqual({ name: 'w1', method: 'created', frozen: null })
    expect(pool.names).toEqual(['w2'])
    await filled()
    expect(pool.names).toEqual(['w2', 'w3'])
  })

  it.each<{ name: string; state: ContainerState | undefined; left: string[] }>([
    { name: 'is gone', state: undefined, left: ['w2'] },
    { name: 'runs', state: 'running', left: ['w2'] },
    { name: 'is as it was made', state: 'configured', left: ['w1', 'w2'] },
  ])('a container that $name', async ({ state, left }) => {
    await filled()
    pool.dropLost(['w1', 'w2'], new Map([['w2', 'created'], ...(state ? [['w1', state] as const] : [])]))
    expect(pool.names).toEqual(left)
    expect(parts.calls.includes('remove w1')).toBe(!left.includes('w1'))
  })

  it('one that was made after the engine was asked is not lost', async () => {
    await filled()
    pool.dropLost([], new Map())
    expect(pool.names).toEqual(['w1', 'w2'])
  })

  it('after a failure it removes what there is, says so once, and tries again only after a pause', async () => {
    parts.fail('no image')
    await filled()
    await filled()
    expect(parts.calls.filter((call) => call.startsWith('remove'))).toEqual(['remove w1', 'remove w2'])
    expect(parts.calls).toHaveLength(4)
    expect(problems).toEqual(['a stand-by replica was not made: no image'])
    expect(() => pool.checkFull()).toThrow('0 of 2 stand-by replicas were made: no image')
    parts.fail(null)
    nowMs = 2000
    await filled()
    pool.checkFull()
  })

  it('closed: what is being made is removed, and nothing more is made', async () => {
    pool.fill()
    pool.close()
    await filled()
    expect(pool.names).toEqual([])
    expect(parts.calls).toEqual(['create w1', 'create w2', 'remove w1', 'remove w2'])
    expect(problems).toEqual([])
  })
})

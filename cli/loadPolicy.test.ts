import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadPolicy, policyOfRecord, policySource } from './loadPolicy.ts'

const folder = mkdtempSync(join(tmpdir(), 'policy-'))
const mine = join(folder, 'mine.ts')
writeFileSync(
  mine,
  `export default { name: 'mine', summary: 's', source: 's', parameters: {}, init: () => null,
  decide: (_context, _seen, state) => ({ decision: { kind: 'scale', replicas: 9, reason: 'always 9' }, state }) }\n`,
)
afterAll(() => rmSync(folder, { recursive: true }))

describe('--policy', () => {
  it('is plain data, as a worker thread gets it', () => {
    expect(policySource('pid | cooldown')).toEqual({ name: 'pid | cooldown' })
    expect(policySource(`${mine} | cooldown|clamp`)).toEqual({ path: mine, limits: ['cooldown', 'clamp'] })
    expect(structuredClone(policySource(mine))).toEqual({ path: mine, limits: [] })
  })

  it('loads a file with its limits', async () => {
    const policy = await loadPolicy(`${mine} | clamp`)
    expect(policy.name).toBe('mine | clamp')
    expect(Object.keys(policy.parameters)).toEqual(['clamp.min', 'clamp.max'])
    expect((await loadPolicy(mine)).name).toBe('mine')
  })

  it('loads a shipped policy with its limits by the name that a record has', async () => {
    const { name } = await loadPolicy('pid|cooldown| clamp')
    expect(name).toBe('pid | cooldown | clamp')
    expect((await loadPolicy(name)).name).toBe(name)
  })

  it('runs no code that only a record names', async () => {
    expect((await policyOfRecord('pid | clamp')).name).toBe('pid | clamp')
    for (const name of [
      mine,
      `${mine} | clamp`,
      './mine.ts',
      'file:///tmp/mine.js',
      'data:text/javascript,1',
    ])
      await expect(policyOfRecord(name)).rejects.toThrow(/policy|no such file/)
    await expect(policyOfRecord(mine)).rejects.toThrow(
      'A file’s code is run only where it is named with --policy',
    )
  })

  it('refuses an unknown limit of either, and a file that is not there', async () => {
    await expect(loadPolicy(`${mine} | clomp`)).rejects.toThrow('limit 1 is "clomp"')
    await expect(loadPolicy('pid | clomp')).rejects.toThrow('limit 1 is "clomp"')
    expect(() => policySource('./no.ts | clamp')).toThrow('--policy ./no.ts: there is no such file')
  })
})

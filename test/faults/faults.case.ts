import { describe, expect, it } from 'vitest'
import { policyByName } from '../../policies/parameters.ts'
import { faultText, parseFault } from '../../record/faults.ts'
import { brokenLaws } from '../../record/laws.ts'
import { replay } from '../../sim/replay.ts'
import { generateArrivals } from '../../traces/arrivals.ts'
import { type Arm, twinRun } from '../twin.case.ts'
import { SCENARIOS } from './scenarios.ts'

/** Defines the tests of one arm; `all` with those that take long. Whatever was broken, the record is whole and its laws hold. */
export function describeFaults(arm: string, run: Arm, { all }: { all: boolean }): void {
  describe(`faults, ${arm}`, () => {
    it.each(SCENARIOS.filter(({ long }) => all || !long))('$name', async (scenario) => {
      const faults = scenario.faults.map((text) => parseFault(text))
      const twin = twinRun({ ...scenario, faults })
      const record = await run(twin)
      expect(record.run.faults).toEqual(faults.map(faultText))
      expect(brokenLaws(record, generateArrivals(twin.trace, twin.seed).atMs.length)).toEqual([])
      expect(replay(record, policyByName(twin.policy))).toEqual([])
      scenario.expectations(record)
    })
  })
}

import { assert } from '../../base/assert.ts'
import { cdfOf, type Distribution, type Family } from '../distribution.ts'
import type { Estimate, Evidence, Fitted } from '../model.ts'
import { bootstrap, meanEstimate } from './bootstrap.ts'
import { FAMILY_FITS } from './families.ts'
import { ksCritical5, ksStatistic } from './ks.ts'

const PARAMETRIC: readonly Family[] = ['uniform', 'exponential', 'gamma', 'lognormal', 'weibull']
/** Fewer values than this cannot be split into a half to fit and a half to judge. */
const FEWEST_TO_SPLIT = 10

/**
 * Fits a distribution to a sample and says how good it is on data that it did not see.
 *
 * Every second value (in order of time) is kept back. Each family is fitted to the rest and judged by its
 * KS distance to those kept back; the nearest parametric family is taken if its distance is below the
 * 5 % critical value, else the empirical table. What is returned was then fitted to all values.
 *
 * @param sample ms, in order of time, at least one value; below 10 values the fit is the empirical table (or
 * the single value) and the held-out distance is that to the sample itself.
 */
export function chooseDistribution(sample: readonly number[], runs: readonly string[]): Fitted {
  assert(sample.length > 0, 'no sample to fit')
  const all = sample.map((value) => Math.max(0, value))
  if (all.length === 1) return { distribution: { family: 'deterministic', value: all[0]! } }
  const canSplit = all.length >= FEWEST_TO_SPLIT
  const train = ascending(canSplit ? all.filter((_, i) => i % 2 === 0) : all)
  const held = ascending(canSplit ? all.filter((_, i) => i % 2 === 1) : all)
  const families = judge(train, held)
  const critical5 = ksCritical5(held.length)
  const chosen = choose(families, critical5, canSplit)
  const distribution = FAMILY_FITS[chosen.family](ascending(all))
  assert(distribution, `family ${chosen.family} fitted a half of the sample but not the whole`)
  const evidence: Evidence = {
    mean: meanEstimate(all),
    parameters: parameterEstimates(all, chosen.family),
    samples: all.length,
    heldOutKs: { statistic: chosen.statistic, critical5, samples: held.length },
    families,
    runs: [...runs],
  }
  return { distribution, evidence }
}

function judge(train: number[], held: number[]): { family: Family; statistic: number }[] {
  return (Object.keys(FAMILY_FITS) as Family[])
    .flatMap((family) => {
      const fitted = FAMILY_FITS[family](train)
      return fitted ? [{ family, statistic: ksStatistic(held, (x) => cdfOf(fitted, x)) }] : []
    })
    .sort((a, b) => a.statistic - b.statistic)
}

function choose(families: { family: Family; statistic: number }[], critical5: number, canSplit: boolean) {
  const constant = families.find(({ family }) => family === 'deterministic')
  if (constant) return constant
  const parametric = families.find(({ family }) => PARAMETRIC.includes(family))
  if (canSplit && parametric && parametric.statistic <= critical5) return parametric
  return families.find(({ family }) => family === 'empirical')!
}

/** Bootstrap intervals of a parametric family's parameters; an empirical table has none. */
function parameterEstimates(sample: readonly number[], family: Family): Record<string, Estimate> {
  if (family === 'empirical' || family === 'deterministic') return {}
  const fit = (values: number[]) => numbersOf(FAMILY_FITS[family](ascending(values)))
  return bootstrap(sample, fit, { resamples: 200, seed: 2 })
}

function numbersOf(distribution: Distribution | null): Record<string, number> | null {
  if (!distribution) return null
  return Object.fromEntries(
    Object.entries(distribution).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  )
}

const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b)

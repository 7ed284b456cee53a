import { bootstrap, meanEstimate } from '../../analysis/bootstrap.ts'
import { assert } from '../../base/assert.ts'
import { cdfOf, type Distribution, meanOf } from '../distribution.ts'
import type { Estimate, Evidence, Fitted } from '../model.ts'
import { AD_CRITICAL_5, AD_CRITICAL_PER_MILLE, adStatistic } from './ad.ts'
import { FAMILY_FITS, type FittedFamily } from './families.ts'
import { ksCritical5, ksCriticalPerMille, ksStatistic } from './ks.ts'
import { heldOutSurprise } from './likelihood.ts'

const PARAMETRIC: readonly FittedFamily[] = ['uniform', 'exponential', 'gamma', 'lognormal', 'weibull']
/** Fewer values than this do not tell families apart: the fit is then the empirical table. */
const FEWEST_FOR_A_FAMILY = 50
/** Fewer values than this cannot be split into a half to fit and a half to judge. */
const FEWEST_TO_SPLIT = 10
/** Half the width of a 99.9 % interval of a mean to that of its 95 % one. */
const WIDER = 3.291 / 1.96

/** A fitted distribution, and the half of the data on which it was judged with what was fitted to the other half. */
export interface Choice {
  fitted: Fitted
  heldOut: { sample: number[]; distribution: Distribution } | null
}

/**
 * Fits a distribution to a sample and says how good it is on data that it did not see.
 *
 * The sample is split into every other value (in order of time). Each family is fitted to one half and judged by how probable the
 * other half is under it, both ways round. The parametric family that makes them most probable is taken if its
 * Kolmogorov-Smirnov distance to the other half is below the 0.1 % critical value, the Anderson-Darling distance as well (which
 * sees the tails) and its mean, fitted to all, lies in the sample mean's 99.9 % interval; else the next, at last the empirical table. (At 5 % and 95 % a tenth of the samples of a family were refused it.) What is returned was fitted to all values.
 *
 * @param sample ms, in order of time, at least one value. Below 50 values the fit is the empirical table, below
 * 10 its held-out distance is that to the sample itself.
 */
export function chooseDistribution(sample: readonly number[], runs: readonly string[]): Choice {
  assert(sample.length > 0, 'no sample to fit')
  const all = sample.map((value) => Math.max(0, value))
  if (all.length === 1)
    return { fitted: { distribution: { family: 'deterministic', value: all[0]! } }, heldOut: null }
  const canSplit = all.length >= FEWEST_TO_SPLIT
  const even = ascending(canSplit ? all.filter((_, i) => i % 2 === 0) : all)
  const odd = ascending(canSplit ? all.filter((_, i) => i % 2 === 1) : all)
  const mean = meanEstimate(all)
  const critical5 = ksCritical5(odd.length)
  const families = judge(even, odd)
  const chosen = choose(families, all, { critical: ksCriticalPerMille(odd.length), mean })
  const distribution = FAMILY_FITS[chosen.family](ascending(all))
  assert(distribution, `family ${chosen.family} fitted the halves of the sample but not the whole`)
  const evidence: Evidence = {
    mean,
    parameters: parameterEstimates(all, chosen.family),
    samples: all.length,
    heldOutKs: { statistic: chosen.statistic, critical5, samples: odd.length },
    ...(chosen.ad === null || !canSplit
      ? {}
      : { heldOutAd: { statistic: chosen.ad, critical5: AD_CRITICAL_5 } }),
    families: families.map(({ family, statistic }) => ({ family, statistic })),
    runs: [...runs],
  }
  const trained = FAMILY_FITS[chosen.family](even)
  const heldOut = canSplit && trained ? { sample: odd, distribution: trained } : null
  return { fitted: { distribution, evidence }, heldOut }
}

interface Judged {
  family: FittedFamily
  /** Mean improbability of the half that the fit did not see: `heldOutSurprise`; a constant's is none. */
  surprise: number
  /** Mean KS distance to the half that the fit did not see. */
  statistic: number
  /** Mean Anderson-Darling distance likewise; null of a constant, which has no tails. */
  ad: number | null
}

/** Every family that fits both halves, most probable first. */
function judge(even: number[], odd: number[]): Judged[] {
  return (Object.keys(FAMILY_FITS) as FittedFamily[])
    .flatMap((family) => {
      const toEven = FAMILY_FITS[family](even)
      const toOdd = FAMILY_FITS[family](odd)
      if (!toEven || !toOdd) return []
      const both = (distance: typeof ksStatistic) =>
        (distance(odd, (x) => cdfOf(toEven, x)) + distance(even, (x) => cdfOf(toOdd, x))) / 2
      const constant = family === 'deterministic'
      return [
        {
          family,
          surprise: constant ? 0 : both(heldOutSurprise),
          statistic: both(ksStatistic),
          ad: constant ? null : both(adStatistic),
        },
      ]
    })
    .sort((a, b) => a.surprise - b.surprise)
}

function choose(
  families: Judged[],
  all: readonly number[],
  bounds: { critical: number; mean: Estimate },
): Judged {
  const constant = families.find(({ family }) => family === 'deterministic')
  if (constant) return constant
  const acceptable = ({ family, statistic, ad }: Judged) => {
    if (!PARAMETRIC.includes(family) || statistic > bounds.critical) return false
    if (ad !== null && ad > AD_CRITICAL_PER_MILLE) return false
    const fittedMean = meanOf(FAMILY_FITS[family](ascending(all))!)
    const { estimate, lo, hi } = bounds.mean
    return (
      fittedMean >= estimate - WIDER * (estimate - lo!) && fittedMean <= estimate + WIDER * (hi! - estimate)
    )
  }
  const parametric = all.length >= FEWEST_FOR_A_FAMILY ? families.find(acceptable) : undefined
  return parametric ?? families.find(({ family }) => family === 'empirical')!
}

/** Bootstrap intervals of a parametric family's parameters; an empirical table has none. */
function parameterEstimates(sample: readonly number[], family: FittedFamily): Record<string, Estimate> {
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

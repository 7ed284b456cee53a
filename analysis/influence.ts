import { mean, sum } from 'simple-statistics'

/** One point of a search: the parameters, and what is to be small. */
export interface Evaluated {
  parameters: Readonly<Record<string, number>>
  objective: number
}

/**
 * How much each parameter, alone, tells of the objective's rank: the share of the ranks' variance that lies between groups of
 * points with similar values of the parameter, less what chance would put there,
 *
 *     epsilon^2 = (SSB - (k - 1) MSW) / SST     k groups of about equal size by the parameter's value, k = min(8, n / 5)
 *
 * at least 0. It sees effects that rise and fall again, which a correlation misses. Ranks, since an objective with a
 * penalty has jumps. Parameters that never change are left out.
 * Source: the first-order index from given data, Plischke, Borgonovo and Smith, EJOR 226 (2013); the correction is
 * Kelley, PNAS 21 (1935).
 * @returns the most influential first; of equals the first in order of name.
 */
export function influenceOf(points: readonly Evaluated[]): { name: string; share: number }[] {
  const ranks = ranksOf(points.map(({ objective }) => objective))
  const names = [...new Set(points.flatMap(({ parameters }) => Object.keys(parameters)))].sort()
  return names
    .map((name) => ({ name, values: points.map(({ parameters }) => parameters[name]!) }))
    .filter(({ values }) => new Set(values).size > 1)
    .map(({ name, values }) => ({ name, share: epsilonSquared(values, ranks) }))
    .sort((a, b) => b.share - a.share)
}

const MOST_GROUPS = 8
const FEWEST_IN_A_GROUP = 5

function epsilonSquared(values: readonly number[], ranks: readonly number[]): number {
  const groups = groupsOf(values, ranks)
  const n = ranks.length
  const k = groups.length
  const middle = mean([...ranks])
  const total = sum(ranks.map((rank) => (rank - middle) ** 2))
  if (total === 0 || k < 2 || n <= k) return 0
  const between = sum(groups.map((group) => group.length * (mean(group) - middle) ** 2))
  const within = (total - between) / (n - k)
  return Math.max(0, (between - (k - 1) * within) / total)
}

/** Ranks by groups of similar values; equal values are never parted. */
function groupsOf(values: readonly number[], ranks: readonly number[]): number[][] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!)
  const wanted = Math.max(2, Math.min(MOST_GROUPS, Math.floor(values.length / FEWEST_IN_A_GROUP)))
  const groups: number[][] = []
  let lastGroup = -1
  order.forEach((i, position) => {
    const group = Math.floor((position * wanted) / values.length)
    const isNew = group !== lastGroup && values[i] !== values[order[position - 1] ?? -1]
    if (isNew) {
      groups.push([])
      lastGroup = group
    }
    groups.at(-1)!.push(ranks[i]!)
  })
  return groups
}

/** 1 for the smallest; equals share their mean rank. */
function ranksOf(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b)
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 + 1)
}

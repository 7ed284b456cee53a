/**
 * Step B of the horizontal pod autoscaler: from what the metrics propose to what is asked for, by recent proposals
 * and recent changes. One path for an autoscaler that has a `behavior`, and an older one for one that has none.
 *
 * Source: kubernetes, pkg/controller/podautoscaler/horizontal.go (stabilizeRecommendation*, convertDesiredReplicas*).
 */

/** A proposal, or the size of a change, and when it was. */
export interface Timed {
  atMs: number
  replicas: number
}

/** Plain JSON. */
export interface ScalingHistory {
  /** What the metrics proposed, before any stabilisation. */
  proposals: readonly Timed[]
  added: readonly Timed[]
  removed: readonly Timed[]
}

export interface ScalingRules {
  /** Stabilisation: how far back proposals count. */
  windowMs: number
  /** Which of the policies' answers holds: the most change, the least, or no change at all. */
  select: 'max' | 'min' | 'disabled'
  policies: readonly { kind: 'pods' | 'percent'; value: number; periodMs: number }[]
}

export interface Behavior {
  up: ScalingRules
  down: ScalingRules
}

export interface Wish {
  nowMs: number
  current: number
  proposal: number
  bounds: { min: number; max: number }
}

/** The first proposal that counts is what there was at the start. */
export function startHistory(current: number, nowMs: number): ScalingHistory {
  return { proposals: [{ atMs: nowMs, replicas: current }], added: [], removed: [] }
}

/**
 * Without a `behavior`: the highest proposal of the last `windowMs`, the oldest edge included, at most
 * max(2 n, 4) replicas, within the bounds. The highest one may be above n although the latest is not:
 * so this path can scale out while the metric asks for less.
 */
export function normaliseWithoutBehavior(
  { nowMs, current, proposal, bounds }: Wish,
  history: ScalingHistory,
  windowMs: number,
): { replicas: number; history: ScalingHistory } {
  const cutoffMs = nowMs - windowMs
  const recent = history.proposals.filter(({ atMs }) => atMs >= cutoffMs)
  const highest = Math.max(proposal, ...recent.map(({ replicas }) => replicas))
  const limit = Math.min(bounds.max, Math.max(2 * current, 4))
  return {
    replicas: highest < bounds.min ? bounds.min : Math.min(highest, limit),
    history: {
      ...history,
      proposals: put(history.proposals, { atMs: nowMs, replicas: proposal }, cutoffMs),
    },
  }
}

/**
 * With a `behavior`: n is moved only as far as all proposals of a window agree,
 *
 *     up = min of the proposals within the up window,  down = max of those within the down window
 *     wanted = min(down, max(up, n))
 *
 * then limited by what the policies allow in their periods. So the result never leaves the interval between n and the
 * latest proposal: scaling out while the metric asks for less, as the path without `behavior` may, is what this one did
 * when kubernetes#96671 was reported, and no longer does.
 */
export function normaliseWithBehavior(
  { nowMs, current, proposal, bounds }: Wish,
  history: ScalingHistory,
  { up, down }: Behavior,
): { replicas: number; history: ScalingHistory } {
  const within = (windowMs: number) =>
    history.proposals.filter(({ atMs }) => atMs > nowMs - windowMs).map(({ replicas }) => replicas)
  const lowest = Math.min(proposal, ...within(up.windowMs))
  const highest = Math.max(proposal, ...within(down.windowMs))
  const wanted = Math.min(highest, Math.max(lowest, current))
  const cutoffMs = nowMs - Math.max(up.windowMs, down.windowMs)
  return {
    replicas: limited(wanted, current, bounds, { nowMs, history, up, down }),
    history: {
      ...history,
      proposals: put(history.proposals, { atMs: nowMs, replicas: proposal }, cutoffMs),
    },
  }
}

type Rates = Behavior & { nowMs: number; history: ScalingHistory }

function limited(wanted: number, current: number, bounds: Wish['bounds'], rates: Rates): number {
  if (wanted > current) return Math.min(wanted, bounds.max, Math.max(current, upLimit(current, rates)))
  if (wanted < current) return Math.max(wanted, bounds.min, Math.min(current, downLimit(current, rates)))
  return wanted
}

/** `percent` is rounded up, or one replica could never become two. */
function upLimit(current: number, rates: Rates): number {
  const { select, policies } = rates.up
  if (select === 'disabled') return current
  const allowed = policies.map(({ kind, value, periodMs }) => {
    const before = replicasBefore(periodMs, current, rates)
    return kind === 'pods' ? before + value : Math.ceil(before * (1 + value / 100))
  })
  return select === 'min' ? Math.min(...allowed) : Math.max(...allowed)
}

/** What is left is rounded down. */
function downLimit(current: number, rates: Rates): number {
  const { select, policies } = rates.down
  if (select === 'disabled') return current
  const allowed = policies.map(({ kind, value, periodMs }) => {
    const before = replicasBefore(periodMs, current, rates)
    return kind === 'pods' ? before - value : Math.trunc(before * (1 - value / 100))
  })
  return select === 'min' ? Math.max(...allowed) : Math.min(...allowed)
}

/** How many there were a period ago, by the changes that this autoscaler made since. */
function replicasBefore(periodMs: number, current: number, { nowMs, history }: Rates): number {
  const since = (events: readonly Timed[]) =>
    events.filter(({ atMs }) => atMs > nowMs - periodMs).reduce((total, { replicas }) => total + replicas, 0)
  return current - since(history.added) + since(history.removed)
}

/** Notes a change that was made, for the policies' periods. */
export function noteChange(
  history: ScalingHistory,
  { up, down }: Behavior,
  change: { nowMs: number; from: number; to: number },
): ScalingHistory {
  const { nowMs, from, to } = change
  const event = { atMs: nowMs, replicas: Math.abs(to - from) }
  const longestMs = (rules: ScalingRules) => Math.max(0, ...rules.policies.map(({ periodMs }) => periodMs))
  return to > from
    ? { ...history, added: put(history.added, event, nowMs - longestMs(up)) }
    : { ...history, removed: put(history.removed, event, nowMs - longestMs(down)) }
}

/**
 * Takes the place of the last entry before the cut-off, or else is added: this bounds the memory. Other old entries stay,
 * as in the original: a removal that is too old for the down policies may still count for a longer up policy.
 */
function put(entries: readonly Timed[], entry: Timed, cutoffMs: number): readonly Timed[] {
  const old = entries.findLastIndex(({ atMs }) => atMs < cutoffMs)
  return old < 0 ? [...entries, entry] : entries.with(old, entry)
}

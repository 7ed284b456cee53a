/**
 * Each shipped policy in a few lines, for a reader of the report: what its file does at a tick, without what it says and remembers for
 * other purposes. Names are those of its parameters; n is what was asked for last, `bounded` keeps a number within the least and the most
 * replicas. A test sees to it that no policy is missing.
 */
const LOAD = `load = arrivals/s x service time / utilisation        # in replicas
if load unknown: hold`

const CALM = `if wanted >= n: ask for wanted
else if fewer than n were wanted for all of scaleInDelayMs:
    ask for the most that was wanted in that time
else: hold`

const ALARMS = `each periodMs:
    m = mean of the metric over the period          # none: data point missing, hold
    high alarm: m HIGH for outDataPoints periods in a row
    low alarm:  m LOW for inDataPoints periods in a row
    warming = replicas asked for less than warmupMs ago, or still starting
    if high alarm: ask for max(n, capacity(n - warming, m))
    else if low alarm and nothing is warming:
        ask for min(n, capacity(n + draining, m))
    else: hold`

export const PSEUDOCODE: Readonly<Record<string, string>> = {
  static: 'ask for replicas, always',
  threshold: `if utilisation unknown: above = below = 0; hold
above = utilisation > high ? above + 1 : 0          # ticks in a row
below = utilisation < low  ? below + 1 : 0
if above >= upTicks and last change >= upCooldownMs ago:
    wish = n + step
else if below >= downTicks and last change >= downCooldownMs ago
        and n - step > 0 and utilisation x ready / (n - step) < high:
    wish = n - step                                 # would not have to grow again
else: hold
ask for bounded(wish); above = below = 0            # hold where that is n`,
  step: `${ALARMS.replace('HIGH', '>= high').replace('LOW', '<= low')}

capacity(k, m), out:  b = m - high
    the step by: out0 for b < outFrom1, out1 for b < outFrom2, else out2
capacity(k, m), in:   b = low - m
    the step by: in0 for b < inFrom1, in1 for b < inFrom2, else in2
adjustment 0: k +/- by per cent of k, toward zero, at least 1 and minMagnitude
           1: k +/- by                 2: by itself           # by = 0: k`,
  'target-tracking': `target = metric = 0 ? utilisation : requestsPerS
${ALARMS.replace('HIGH', '> target').replace('LOW', '< lowShare x target')}     # the low alarm only with scaleIn = 1

capacity(k, m) = ceil(k m / target)`,
  hpa: `at each multiple of syncPeriodMs, between them hold:
    usage = utilisation, requests inside, or arrivals/s (metric)
    if unknown: hold
    ratio = usage / (target a replica x replicas it is counted over)
    proposal = ratio within 1 - toleranceDown .. 1 + toleranceUp ? n
               : ceil of what brings usage to the target
               # starting replicas count 0 on the way out and full on the way in
    without behavior: at most max(2 n, 4) out;
        in to the highest proposal of the last downWindowMs
    with behavior: out to the lowest proposal of upWindowMs,
        in to the highest of downWindowMs, and no more than
        upPods, upPercent, downPods, downPercent allow in their periods
    ask for bounded(result)`,
  kpa: `c = requests at servers and queued; unknown: hold
target = total x utilisation
S = ceil(mean of c over stableWindowMs / target)
P = ceil(mean of c over panicWindowShare x stableWindowMs / target)
if P / ready >= panicThreshold: panic begins or is renewed
if the panic was last renewed more than stableWindowMs ago: it ends
S, P = within floor(ready / maxDownRate) .. ceil(maxUpRate x ready)
wanted = in a panic: the most of S, P and what was wanted in it before
         else: S
ask for the most that was wanted in the last scaleDownDelayMs`,
  pid: `required = (arrivals/s + queued / drainMs) x service time / utilisation
if required unknown: hold
if smith = 1: required += (busy - busy in the model) / utilisation
slope = low-pass(change of required, time constant tdMs / filter)
u += kp [ change of required                        # proportional
        + dt / tiMs (required - u)                  # integral
        + tdMs change of slope ]                    # derivative
u = bounded(u)                                      # no windup
if u > n + hysteresis: ask for ceil(u - hysteresis)
else if u < n - 1 - hysteresis for scaleInDelayMs:
    ask for ceil(u + hysteresis)
else: hold`,
  react: `${LOAD}
surplus = n - ceil(load)
if 0 < surplus <= margin: hold
else: ask for ceil(load) + margin`,
  adapt: `${LOAD}
gap = ceil(load) - n
r = gap x n / (mean capacity since the start)
if r < 0: r = r / damping
sum += r;  steps = whole part of sum;  sum -= steps
safe = ceil(load) + margin
wish = n + steps
if steps < 0: wish = min(n, max(wish, safe))
if load > n: wish = max(wish, safe)                 # reactive repair
ask for bounded(wish)`,
  reg: `${LOAD}
remember the last samples loads
if n <= load: ask for ceil(load)
else:
    q = parabola through them by least squares, at now  # too few: hold
    ask for min(n, max(ceil(load), ceil(q)))`,
  hist: `${LOAD}
bin = part of periodMs that now is in, of bins
predicted = percentile of the loads seen in this bin, this one included
shortfall = max(0, load - what the bin said before)
if load > n in more than 5 of the last 10 ticks:    # repair
    forget the shortfalls; ask for ceil(load) + margin
else: ask for ceil(predicted + mean of the last errors shortfalls)`,
  predictive: `base = (arrivals/s + queued / drainMs) x service time / utilisation
if base unknown: hold
h = ceil((start-up + tick) / tick) ticks, or horizonMs
forecast = arrivals/s h ticks ahead, by method, from the last history ticks
upper = forecast + quantile of its past errors at h ticks
gate is open while the error of the last judged forecasts is below
     that of expecting no change (MASE < 1)
wanted = ceil(max(base, gate open ? upper x service time / utilisation : 0))
ask for the most that was wanted in the last scaleInDelayMs`,
  queueing: `rate = arrivals/s + quantile x sqrt(arrivals/s / window)
if rate or service time unknown: hold
steady = fewest k with P(response > sloMs) <= eps   # queueing theory
waiting = queued requests
extra = waiting > steady ? ceil((waiting - steady) x service time / drainMs) : 0
wanted = bounded(steady + extra)
${CALM}`,
  mpc: `rates = arrivals/s ahead: damped trend, + quantile x sqrt(rate / window)
if rates or service time unknown: hold
plan = replicas at each step to horizonMs with the least sum of
       lateCost x late requests + replicas x time + changeCost x changes
       # dynamic programming over ready, starting and backlog
wanted = first step of plan;  above budgetOperations: as queueing
${CALM}`,
  lookahead: `rates = arrivals/s ahead: damped trend
if rates or requests inside unknown: hold
for k in n - reach .. n + reach, bounded:
    simulate paths times to horizonMs with k replicas, same chance for all
    # within budgetRequests
    cost = lateCost x share of late requests + mean replicas
wanted = k of the least cost; the largest where even it leaves most late
${CALM}`,
  oracle: `at tick t: ask for plan[t]      # made from the trace, before the run
after the plan's end: hold`,
}

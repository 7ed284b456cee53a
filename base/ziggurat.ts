import type { Random } from './random.ts'

/**
 * Exponential and normal draws by the ziggurat method: one uniform for 99 of 100 draws, and no logarithm.
 *
 *     f(x)
 *     1 |#.                      A falling density f, not normalised, with f(0) = 1, is covered by 256 layers of
 *       |###..                   equal area v. Layer i > 0 is the rectangle [0, x_i] x [f(x_i), f(x_{i+1})], so
 *       |######...               v = x_i (f(x_{i+1}) - f(x_i)), with x_1 = r and x_256 = 0.
 *       |###########.....        Layer 0 is the base: the rectangle [0, r] x [0, f(r)] and the tail beyond r;
 *     0 +----------------r....   x_0 = v / f(r) is the width of a rectangle of that area.
 *
 * Draw a layer i and a position x in [0, x_i). Left of x_{i+1} it lies under the curve whatever its height: done.
 * Else, in layer 0 draw from the tail; in the others draw a height and start anew if it is above the curve.
 * A uniform has 32 bits: 8 choose the layer, the other 24 the position (its middle), so the two are independent.
 *
 * Sources: Marsaglia and Tsang, The ziggurat method for generating random variables, J. Stat. Software 5(8),
 * 2000; Doornik, An improved ziggurat method to generate normal random samples, 2005, for the independent bits.
 */
const LAYERS = 256
/** A position is the middle of one of 2^24 cells. */
const HALF_CELL = 2 ** -25

/** Where the base ends; it makes the layers close, x_256 = 0. Of Marsaglia and Tsang, to more digits. */
const EXPONENTIAL_R = 7.697117470131049
const NORMAL_R = 3.6541528853610088

interface Layers {
  /** x_0 to x_256, falling. */
  x: Float64Array
  /** f(x_0) to f(x_256), rising. */
  f: Float64Array
}

/**
 * @param r where the base ends. @param tail the integral of f from r on.
 * @param inverse the x >= 0 at which f is a given height.
 */
export function layersOf(
  r: number,
  tail: number,
  f: (x: number) => number,
  inverse: (height: number) => number,
): Layers {
  const x = new Float64Array(LAYERS + 1)
  const area = r * f(r) + tail
  x[0] = area / f(r)
  x[1] = r
  for (let i = 2; i < LAYERS; i++) x[i] = inverse(f(x[i - 1]!) + area / x[i - 1]!)
  return { x, f: x.map(f) }
}

/** f(x) = exp(-x), whose tail beyond r is exp(-r). */
export const EXPONENTIAL_LAYERS = layersOf(
  EXPONENTIAL_R,
  Math.exp(-EXPONENTIAL_R),
  (x) => Math.exp(-x),
  (height) => -Math.log(height),
)

/** The integral of exp(-x^2/2) from r on: sqrt(pi/2) erfc(r / sqrt 2), 2.58e-4 of the half curve. */
const NORMAL_TAIL = 0.0003233957646633213
/** f(x) = exp(-x^2/2) for x >= 0; the sign comes with the position. */
export const NORMAL_LAYERS = layersOf(
  NORMAL_R,
  NORMAL_TAIL,
  (x) => Math.exp((-x * x) / 2),
  (height) => Math.sqrt(-2 * Math.log(height)),
)

const EX = EXPONENTIAL_LAYERS.x
const EF = EXPONENTIAL_LAYERS.f
const NX = NORMAL_LAYERS.x
const NF = NORMAL_LAYERS.f

/** A draw from the exponential distribution with mean 1. */
export function exponentialDraw(random: Random): number {
  const word = random() * LAYERS
  const layer = word | 0
  const x = (word - layer + HALF_CELL) * EX[layer]!
  return x < EX[layer + 1]! ? x : exponentialEdge(layer, x, random)
}

/**
 * The rare rest: in a wedge a height decides, and beyond r the distribution starts anew (it has no memory). A loop
 * and not a call of `exponentialDraw`, which the compiler would put into itself.
 */
function exponentialEdge(firstLayer: number, firstX: number, random: Random): number {
  let layer = firstLayer
  let x = firstX
  let start = 0
  for (;;) {
    if (layer === 0) start += EXPONENTIAL_R
    else if (EF[layer]! + random() * (EF[layer + 1]! - EF[layer]!) < Math.exp(-x)) return start + x
    const word = random() * LAYERS
    layer = word | 0
    x = (word - layer + HALF_CELL) * EX[layer]!
    if (x < EX[layer + 1]!) return start + x
  }
}

/** A draw from the standard normal distribution. */
export function normalDraw(random: Random): number {
  const word = random() * LAYERS
  const layer = word | 0
  const x = (2 * (word - layer) - 1 + 2 * HALF_CELL) * NX[layer]!
  return Math.abs(x) < NX[layer + 1]! ? x : normalEdge(layer, x, random)
}

function normalEdge(firstLayer: number, firstX: number, random: Random): number {
  let layer = firstLayer
  let x = firstX
  for (;;) {
    if (layer === 0) return x > 0 ? normalTail(random) : -normalTail(random)
    if (NF[layer]! + random() * (NF[layer + 1]! - NF[layer]!) < Math.exp((-x * x) / 2)) return x
    const word = random() * LAYERS
    layer = word | 0
    x = (2 * (word - layer) - 1 + 2 * HALF_CELL) * NX[layer]!
    if (Math.abs(x) < NX[layer + 1]!) return x
  }
}

/**
 * A normal draw beyond r: r + t with t exponential of rate r is kept with probability exp(-t^2/2).
 * Source: Marsaglia, Generating a variable from the tail of the normal distribution, Technometrics 6(1), 1964.
 */
function normalTail(random: Random): number {
  for (;;) {
    const t = exponentialDraw(random) / NORMAL_R
    if (2 * exponentialDraw(random) > t * t) return NORMAL_R + t
  }
}

/**
 * Special functions that simple-statistics does not have. Accuracy about 1e-12 relative, checked in
 * special.test.ts against tabulated values (DLMF, Abramowitz and Stegun).
 */

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

/** ln Gamma(x), x > 0. Lanczos' approximation with g = 7 and nine terms (Numerical Recipes 6.1). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const z = x - 1
  const t = z + 7.5
  let sum = LANCZOS[0]!
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i]! / (z + i)
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum)
}

export function gammaFunction(x: number): number {
  return Math.exp(logGamma(x))
}

/** d/dx ln Gamma(x), x > 0: recurrence up to 10, then the asymptotic series (DLMF 5.11.2). */
export function digamma(x: number): number {
  let shift = 0
  let y = x
  while (y < 10) {
    shift -= 1 / y
    y += 1
  }
  const f = 1 / (y * y)
  return (
    shift + Math.log(y) - 0.5 / y - f * (1 / 12 - f * (1 / 120 - f * (1 / 252 - f * (1 / 240 - f / 132))))
  )
}

/** P(a, x), the regularised lower incomplete gamma function: series below a + 1, continued fraction above (Numerical Recipes 6.2). */
export function lowerGammaRegularised(a: number, x: number): number {
  if (x <= 0) return 0
  const front = Math.exp(-x + a * Math.log(x) - logGamma(a))
  if (x < a + 1) {
    let term = 1 / a
    let sum = term
    for (let n = a + 1; Math.abs(term) > 1e-16 * Math.abs(sum); n++) {
      term *= x / n
      sum += term
    }
    return sum * front
  }
  return 1 - front * upperFraction(a, x)
}

/** Lentz' method for the continued fraction of Q(a, x). */
function upperFraction(a: number, x: number): number {
  const tiny = 1e-300
  let b = x + 1 - a
  let c = 1 / tiny
  let d = 1 / b
  let h = d
  for (let i = 1; i < 500; i++) {
    const an = -i * (i - a)
    b += 2
    d = an * d + b
    if (Math.abs(d) < tiny) d = tiny
    c = b + an / c
    if (Math.abs(c) < tiny) c = tiny
    d = 1 / d
    const delta = d * c
    h *= delta
    if (Math.abs(delta - 1) < 1e-15) break
  }
  return h
}

/** P(Z <= z) of the standard normal, by the incomplete gamma: erf(x) = P(1/2, x^2). */
export function normalCdf(z: number): number {
  const half = lowerGammaRegularised(0.5, (z * z) / 2) / 2
  return z >= 0 ? 0.5 + half : 0.5 - half
}

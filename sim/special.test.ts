import { expect, it } from 'vitest'
import { digamma, logGamma, lowerGammaRegularised, normalCdf } from './special.ts'

/** Values of Abramowitz and Stegun, tables 6.1, 6.3 and 26.1, and of closed forms. */
it.each([
  ['ln Gamma(0.5) = ln sqrt(pi)', logGamma(0.5), 0.5723649429247001],
  ['ln Gamma(10) = ln 9!', logGamma(10), Math.log(362_880)],
  ['digamma(1) = -Euler', digamma(1), -0.5772156649015329],
  ['digamma(10)', digamma(10), 2.2517525890667214],
  ['P(1, 2) = 1 - e^-2', lowerGammaRegularised(1, 2), 1 - Math.exp(-2)],
  ['P(3, 2) = 1 - e^-2 (1 + 2 + 2)', lowerGammaRegularised(3, 2), 1 - 5 * Math.exp(-2)],
  ['P(3, 10)', lowerGammaRegularised(3, 10), 1 - 61 * Math.exp(-10)],
  ['Phi(1.959964)', normalCdf(1.959963984540054), 0.975],
  ['Phi(-1)', normalCdf(-1), 0.15865525393145707],
])('%s', (_name, value, expected) => {
  expect(value).toBeCloseTo(expected, 11)
})

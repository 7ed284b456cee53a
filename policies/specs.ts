import type { ParameterSpec } from './policy.ts'

/** The commonest kinds of parameters, each a line where it is declared. */

export function share(description: string, value: number): ParameterSpec {
  return { description, unit: 'share', min: 0, max: 1, default: value, scale: 'linear' }
}

export function integer(
  description: string,
  unit: string,
  range: { min: number; max: number },
  value: number,
): ParameterSpec {
  return { description, unit, ...range, default: value, scale: 'integer' }
}

export function duration(
  description: string,
  range: { min: number; max: number },
  value: number,
): ParameterSpec {
  return { description, unit: 'ms', ...range, default: value, scale: 'linear' }
}

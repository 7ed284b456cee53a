import { COLOURS, SEQUENCE } from './theme.ts'

/**
 * The colours of a dark page for those of a light one: Okabe and Ito's sky blue and a lighter vermilion keep their contrast on
 * near black. A colour that is not here stays as it is.
 */
const DARK: Readonly<Record<string, string>> = {
  [COLOURS.predicted]: '#56b4e9',
  [COLOURS.predictedBand]: '#1f4c69',
  [COLOURS.measured]: '#ededed',
  [COLOURS.limit]: '#ff9d5c',
  [COLOURS.muted]: '#a9adb3',
  [COLOURS.grid]: '#2f3338',
  [COLOURS.axis]: '#8b8f96',
  [COLOURS.background]: '#17191c',
  [COLOURS.starting]: '#c98b00',
  [COLOURS.ready]: '#4b5056',
  [COLOURS.draining]: '#90959c',
  [SEQUENCE[0]]: '#d3e8f5',
  [SEQUENCE[1]]: '#7ab8de',
  [SEQUENCE[2]]: '#3d7fae',
  [SEQUENCE[3]]: '#3a4450',
}

/** A specification or a configuration with each colour of the theme exchanged for its dark one. */
export function darkened<T>(light: T): T {
  if (typeof light === 'string') return (DARK[light] ?? light) as T
  if (Array.isArray(light)) return light.map(darkened) as T
  if (typeof light !== 'object' || light === null) return light
  return Object.fromEntries(Object.entries(light).map(([key, value]) => [key, darkened(value)])) as T
}

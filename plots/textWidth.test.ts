import { fileURLToPath } from 'node:url'
import { Resvg } from '@resvg/resvg-js'
import { expect, test } from 'vitest'
import { textWidthPx, wrapText } from './textWidth.ts'

/** Width that the rasteriser gives a text set in the font of the package. */
function drawnWidthPx(text: string, bold: boolean): number {
  const font = bold ? '600SemiBold/Inter_600SemiBold' : '400Regular/Inter_400Regular'
  const file = fileURLToPath(import.meta.resolve(`@expo-google-fonts/inter/${font}.ttf`))
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="200"><text x="10" y="100" font-size="20" font-weight="${bold ? 600 : 400}" font-family="Inter">${text}</text></svg>`
  return new Resvg(svg, { font: { fontFiles: [file], loadSystemFonts: false } }).getBBox()!.width
}

test.each([
  ['Predicted: mean and 90% interval of 20 simulated runs', false],
  ['static replicas=5, 1,234.56 requests/s', false],
  ['SLA violations, predicted and measured', true],
])('the width of "%s" is within 3 % of what is drawn', (text, bold) => {
  const drawn = drawnWidthPx(text, bold)
  expect(Math.abs(textWidthPx(text, { fontSizePx: 20, bold }) / drawn - 1)).toBeLessThan(0.03)
})

test.each<[string, number, string[]]>([
  ['one line that fits', 400, ['one line that fits']],
  ['two lines of words', 60, ['two lines', 'of words']],
  ['incomprehensibilities stay whole', 40, ['incomprehensibilities', 'stay', 'whole']],
  ['', 40, []],
])('"%s" in %d px becomes %j', (text, widthPx, lines) => {
  expect(wrapText(text, widthPx, { fontSizePx: 12 })).toEqual(lines)
})

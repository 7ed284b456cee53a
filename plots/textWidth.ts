/**
 * Advance widths of Inter Regular in hundredths of the font size, for the characters ' ' to '~'
 * (from the hmtx table of Inter_400Regular.ttf; plots/textWidth.test.ts holds it against the font).
 */
const WIDTHS_REGULAR = [
  28, 29, 47, 63, 64, 98, 64, 30, 36, 36, 50, 66, 29, 46, 29, 36, 63, 41, 61, 62, 65, 59, 62, 57, 62, 62, 29,
  30, 66, 66, 66, 51, 97, 69, 65, 73, 72, 60, 59, 75, 74, 27, 57, 67, 57, 90, 75, 76, 64, 76, 64, 64, 65, 74,
  69, 99, 68, 68, 63, 36, 36, 36, 47, 46, 32, 56, 61, 57, 61, 58, 37, 61, 59, 24, 24, 55, 24, 88, 59, 60, 61,
  61, 38, 53, 33, 59, 56, 82, 55, 56, 55, 43, 33, 43, 66,
]
const WIDTH_OTHER = 62
/** Inter SemiBold is this much wider, on the mean over the same characters. */
const SEMIBOLD = 1.031

export interface TextStyle {
  fontSizePx: number
  bold?: boolean
}

/**
 * Width of a line of text in px. Without a canvas Vega takes 0.8 of the font size for every character, one
 * and a half times what Inter needs, and so leaves holes and cuts labels that fit.
 */
export function textWidthPx(text: string, { fontSizePx, bold = false }: TextStyle): number {
  let hundredths = 0
  for (const character of text) hundredths += WIDTHS_REGULAR[character.codePointAt(0)! - 32] ?? WIDTH_OTHER
  return (hundredths / 100) * fontSizePx * (bold ? SEMIBOLD : 1)
}

/** Breaks at spaces so that each line fits; a single word that is too long stays whole. */
export function wrapText(text: string, widthPx: number, style: TextStyle): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`
    if (lines.length > 0 && textWidthPx(longer, style) <= widthPx) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

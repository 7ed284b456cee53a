/** A share as a percentage for a label: `0%`, `<0.1%`, `4.2%`, `37%`. */
export function percentText(share: number): string {
  const percent = 100 * share
  if (percent === 0) return '0%'
  if (percent < 0.1) return '<0.1%'
  return percent < 9.95 ? `${percent.toFixed(1)}%` : `${percent.toFixed(0)}%`
}

/// <reference lib="dom" />
import { element, svgElement } from '../charts/elements.ts'
import type { View } from './view.ts'

/** Drawn as areas; the others are lines. */
const FILLED = ['band', 'violated', 'starting', 'draining', 'by-hand']

/** What the colours and lines mean; made anew only where a run has other entries than the one before. */
export function drawKey(parent: HTMLElement, { hello, steered }: View): void {
  const { prediction } = hello
  const entries: [signs: string[], text: string][] = [
    ...(prediction
      ? [
          [
            ['band', 'predicted'],
            `predicted: mean and 90 % interval of ${prediction.runs} simulated runs, model ${prediction.model}`,
          ] as [string[], string],
        ]
      : []),
    [['measured'], 'measured'],
    [['starting'], 'starting'],
    [['draining'], 'draining'],
    [['limit'], 'SLA limit'],
    [['violated'], 'SLA window violated'],
    ...(steered ? [[['by-hand'], 'decided by hand'] as [string[], string]] : []),
  ]
  const texts = JSON.stringify(entries)
  if (parent.dataset.entries === texts) return
  parent.dataset.entries = texts
  parent.replaceChildren(
    ...entries.map(([signs, text]) => {
      const swatch = svgElement('svg', { width: '28', height: '14', 'aria-hidden': 'true' })
      for (const sign of signs) {
        const d = FILLED.includes(sign) ? 'M1 1H27V13H1Z' : 'M2 7H26'
        swatch.append(svgElement('path', { class: sign, d }))
      }
      return element('li', {}, swatch, text)
    }),
  )
}

import { doubtsOf } from '../../record/doubts.ts'
import type { Section } from '../document.ts'
import { bullets, paragraph } from '../document.ts'
import { liveRecordsOf, type ReportMaterial, recordsOf } from '../material.ts'

/** What weakens the results, as far as the records show it, and the author's own text. */
export function limitsSection(material: ReportMaterial): Section | null {
  const { comparison, own } = material
  const live = liveRecordsOf(material)
  const invalid = live.filter((record) => doubtsOf(record).length > 0)
  const noted = [
    ...(live.length > 0
      ? [
          'Load generator, proxy, controller and replicas share the cores of one machine. Work on the one is felt by the others; on several machines it would be less.',
        ]
      : []),
    ...(invalid.length > 0
      ? [
          `${invalid.length} of the ${live.length} live runs cannot be believed, by their verdict or since laws are broken in them; they are in the figures all the same.`,
        ]
      : []),
    ...comparison.remarks,
    ...comparison.telling.map(
      ({ trace, policies, repeats }) =>
        `${trace}: to tell ${policies.join(' from ')} by their violations (error 5 %, power 80 %) takes ${repeats} live runs of each.`,
    ),
  ]
  if (recordsOf(material).length === 0 && !own.limits) return null
  if (noted.length === 0 && !own.limits) return null
  return {
    id: 'limits',
    title: 'Limits',
    blocks: [
      ...(noted.length > 0
        ? [
            paragraph('What the records themselves say against the results:'),
            bullets(...noted.map((text) => [text])),
          ]
        : []),
      ...(own.limits ?? []),
    ],
  }
}

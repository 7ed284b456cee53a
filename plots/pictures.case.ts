import { expect, test } from 'vitest'
import { dataTables } from './dataTable.ts'
import { type Picture, renderSvg } from './index.ts'
import { compilePicture } from './render.ts'

/** A picture whose specification is kept in __snapshots__, and texts that its drawing must show. */
export type Example = [file: string, spec: Picture, labels: string[]]
/** A picture of data at the edge of what there can be. */
export type Edge = [sentence: string, spec: Picture]

/** What is asked of every picture. */
export function checkPictures(examples: Example[], edges: Edge[]): void {
  test.each(examples)('%s: the specification is the one that was looked at', async (file, spec) => {
    await expect(rounded(spec)).toMatchFileSnapshot(`__snapshots__/${file}.json`)
  })

  test.each(examples)('%s: the drawing says what it shows', async (_file, spec, labels) => {
    const svg = await renderSvg(spec)
    for (const label of labels) expect(svg).toContain(`>${label}<`)
  })

  const all: Edge[] = [...examples.map(([file, spec]): Edge => [file, spec]), ...edges]

  test.each(all)('%s: compiles without a warning and draws no NaN', async (_sentence, spec) => {
    const warnings: string[] = []
    await compilePicture(spec, (text) => warnings.push(text))
    expect(warnings).toEqual([])
    const svg = await renderSvg(spec)
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
  })

  test.each(all)(
    '%s: is described for who cannot see it, and what it tells is a table',
    (_sentence, spec) => {
      expect(spec.description).toMatch(/\w+: |\w+, /)
      const tables = dataTables(spec)
      expect(tables.length).toBeGreaterThan(0)
      for (const { head, rows } of tables)
        for (const row of rows) {
          expect(row).toHaveLength(head.length)
          expect(row.join()).not.toMatch(/NaN|undefined|Infinity|null/)
        }
    },
  )
}

/** Six significant digits: the last bits of a mean may differ between machines. */
function rounded(spec: Picture): string {
  const json = JSON.stringify(
    spec,
    (_key, value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value),
    1,
  )
  return `${json}\n`
}

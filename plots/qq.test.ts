import { expect, it } from 'vitest'
import { qqSpec, renderSvg } from './index.ts'

const points = Array.from({ length: 1000 }, (_, i) => ({
  fitted: i / 10,
  measured: i / 10 + (i > 980 ? 20 : 0),
}))

it('draws the diagonal over the whole range, and keeps the outermost points when it thins', () => {
  const text = JSON.stringify(qqSpec({ label: 'read: blocking', unit: 'ms', points }))
  expect(text).toContain('{"fitted":0,"measured":0}')
  expect(text).toContain(`{"fitted":${points.at(-1)!.measured},"measured":${points.at(-1)!.measured}}`)
  for (const point of points.slice(-20)) expect(text).toContain(JSON.stringify(point).slice(0, -1))
  expect(text.match(/"fitted":/g)!.length).toBeLessThan(360)
})

it('is a picture', async () => {
  const svg = await renderSvg(qqSpec({ label: 'read: blocking', unit: 'ms', points, subtitle: 'uniform' }))
  expect(svg).toContain('Fitted quantile (ms)')
  expect(svg).toContain('Held-out measurements (1000)')
})

it('nothing is no picture', () => {
  expect(() => qqSpec({ label: 'x', unit: 'ms', points: [] })).toThrow('need a sample')
})

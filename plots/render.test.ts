import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { renderPng, renderSvg, startupSpec, writePicture } from './index.ts'

const spec = startupSpec({ starts: [{ concurrent: 1, durationMs: 1500 }] })
const PNG_HEADER = '89504e470d0a1a0a'

/** Width and height in px, from the IHDR chunk. */
function sizeOf(png: Buffer): { width: number; height: number } {
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) }
}

test('a PNG has `scale` px for each px of the SVG', async () => {
  const svg = await renderSvg(spec)
  const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!.map(Number)
  const png = await renderPng(spec, { scale: 3 })
  expect(png.subarray(0, 8).toString('hex')).toBe(PNG_HEADER)
  expect(sizeOf(png)).toEqual({ width: 3 * width!, height: 3 * height! })
  expect(png.length).toBeGreaterThan(5000)
})

test('the same specification gives the same bytes', async () => {
  expect(await renderSvg(spec)).toBe(await renderSvg(spec))
  expect((await renderPng(spec)).equals(await renderPng(spec))).toBe(true)
})

test('the extension chooses the format, and nothing half-written stays behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plots-'))
  try {
    await writePicture(spec, join(folder, 'a.svg'))
    await writePicture(spec, join(folder, 'a.PNG'), { scale: 1 })
    expect((await readdir(folder)).sort()).toEqual(['a.PNG', 'a.svg'])
    expect(await readFile(join(folder, 'a.svg'), 'utf8')).toMatch(/^<svg /)
    expect((await readFile(join(folder, 'a.PNG'))).subarray(0, 8).toString('hex')).toBe(PNG_HEADER)
    await expect(writePicture(spec, join(folder, 'a.gif'))).rejects.toThrow('ends in .svg or .png')
  } finally {
    await rm(folder, { recursive: true })
  }
})

import { expect, test } from 'vitest'
import { mirrorOf } from './aptMirror.ts'

const TARGETS = `http://tools.example/apt cloud-sdk cloud-sdk main Packages
http://mirror.example/debian bookworm-updates bookworm-updates main Packages
http://mirror.example/debian bookworm bookworm contrib Packages
http://mirror.example/debian bookworm bookworm main Translations
http://mirror.example/debian bookworm bookworm main Packages`

test('the main archive of the release that runs', () => {
  expect(mirrorOf(TARGETS, 'bookworm')).toEqual({ url: 'http://mirror.example/debian', codename: 'bookworm' })
})

test('a sources file that names the suite', () => {
  const targets = 'http://mirror.example/debian stable bookworm main Packages'
  expect(mirrorOf(targets, 'bookworm')).toEqual({ url: 'http://mirror.example/debian', codename: 'bookworm' })
})

test('none where the release is not among the sources', () => {
  expect(mirrorOf(TARGETS, 'trixie')).toBeNull()
  expect(mirrorOf('', 'bookworm')).toBeNull()
})

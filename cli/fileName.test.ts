import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fileName } from './fileName.ts'

it.each([
  ['spike', 'spike'],
  ['pid:kp=0.5', 'pid-kp=0.5'],
  ['../../../etc/cron.d/x', '..-..-..-etc-cron.d-x'],
  ['/etc/passwd', '-etc-passwd'],
  ['a\\..\\b\0\n ', 'a-..-b-'],
])('%j is %s, and stays in its folder', (text, name) => {
  expect(fileName(text)).toBe(name)
  expect(join('runs', `live-pid-${fileName(text)}`)).toBe(`runs/live-pid-${name}`)
})

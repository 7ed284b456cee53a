/// <reference lib="dom" />
import { byId, setText } from '../../charts/elements.ts'
import { commandOf } from '../command.ts'
import { DRAWN, type Setting } from '../setting.ts'

/** The command lines that repeat the runs, each with a button that copies it. */
export class Commands {
  constructor() {
    for (const side of ['a', 'b'] as const) {
      byId(`${side}-copy`).addEventListener('click', async () => {
        await navigator.clipboard.writeText(byId(`${side}-command`).textContent!)
        setText(byId('copied'), 'Copied.')
      })
    }
    byId('copy-link').addEventListener('click', async () => {
      await navigator.clipboard.writeText(location.href)
      setText(byId('copied'), 'Link copied. It works while sim ui runs on this port.')
    })
  }

  show(setting: Setting): void {
    setText(byId('copied'), '')
    for (const side of ['a', 'b'] as const) {
      const choice = setting[side]
      if (choice) setText(byId(`${side}-command`), commandOf(setting, choice))
    }
    byId('needs-trace').hidden = setting.trace !== DRAWN
  }
}

import { type Choice, DEFAULT_SETTING, DRAWN, type Setting } from './setting.ts'

/** Where the command of a drawn trace finds what the page lets one save. */
export const TRACE_FILE = `${DRAWN}.json`

const FLAGS = { min: '--min', max: '--max', initial: '--initial', interval: '--interval', window: '--window' }

/** The command line that repeats the setting's runs of one policy. */
export function commandOf(setting: Setting, choice: Choice): string {
  const { trace, stretch, peak, seed, sla } = setting
  const drawn = trace === DRAWN
  const words = ['bin/sim', 'run', '--policy', choice.policy, '--trace', drawn ? `./${TRACE_FILE}` : trace]
  if (!drawn && stretch !== 1) words.push('--stretch', String(stretch))
  if (!drawn && peak !== null) words.push('--peak', String(peak))
  for (const [name, value] of Object.entries(choice.set)) words.push('--set', `${name}=${value}`)
  words.push('--seed', String(seed), '--sla', sla)
  for (const [name, flag] of Object.entries(FLAGS) as [keyof typeof FLAGS, string][])
    if (setting[name] !== DEFAULT_SETTING[name]) words.push(flag, String(setting[name]))
  return words.map(quoted).join(' ')
}

/** For a POSIX shell. */
const quoted = (word: string) => (/^[\w./=:-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

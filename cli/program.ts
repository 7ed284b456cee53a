import { Command, CommanderError } from 'commander'
import { messageOf, UserError } from '../base/errors.ts'

/** A program whose usage errors end with 2 and whose help says where its results go. */
export function makeProgram(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .version('0.1.0')
    .exitOverride()
    .showHelpAfterError(`(${name} --help shows every command)`)
    .addHelpText(
      'after',
      '\nResults go to stdout, remarks and progress to stderr. Exit codes: 0 done; 2 wrong usage or bad input;\n3 the environment lacks something; 4 the run was made but is not valid; 130 interrupted, cleaned up.',
    )
}

/** Runs the program and ends the process with its exit code. */
export async function main(program: Command): Promise<void> {
  leaveQuietlyWhenThePipeCloses()
  inheritExitOverride(program)
  try {
    await program.parseAsync()
  } catch (error) {
    process.exitCode = exitCodeOf(error)
  }
}

/** Sub-commands made before the override was set must not end the process themselves either. */
function inheritExitOverride(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride()
    child.showHelpAfterError('(--help shows every option)')
    inheritExitOverride(child)
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof Interrupted) return 130
  if (error instanceof UserError) {
    remark(`error: ${error.message}`)
    return error.exitCode
  }
  remark(
    `this is a bug in ScaleTwin: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`,
  )
  return 1
}

/** `sim run ... | head` is no error. */
function leaveQuietlyWhenThePipeCloses(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

/** The user pressed Ctrl-C (or the process was asked to end) and everything was cleaned up. */
export class Interrupted extends Error {}

/** Without what would command the terminal: a name that a file brought may hold its control sequences. */
export const visible = (text: string): string => text.replaceAll(/[^\P{Cc}\n\t]/gu, '\ufffd')

/** One line to stderr. */
export function remark(line: string): void {
  process.stderr.write(`${visible(line)}\n`)
}

/** Text to stdout. */
export function print(text: string): void {
  const shown = visible(text)
  process.stdout.write(shown.endsWith('\n') ? shown : `${shown}\n`)
}

/** One JSON object to stdout. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value))
}

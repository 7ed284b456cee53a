import { UserError } from '../base/errors.ts'

/**
 * Holds the prose to the data: what it says beside the numbers must still be so when they change.
 * @throws UserError where it is not.
 */
export function claim(isSo: boolean, what: string): void {
  if (!isSo) throw new UserError(`the notebook says that ${what}, and its data say otherwise: mend the prose`)
}

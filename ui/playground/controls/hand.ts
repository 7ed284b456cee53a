import type { Setting } from '../setting.ts'

/** What a control tells the page. */
export interface Hand {
  /**
   * A person changed something. `key` names the control; `done` where the change is over (a slider was let go): only then is it
   * a step to go back to.
   */
  change(patch: Partial<Setting>, key: string, done: boolean): void
  /** What was typed cannot be: the setting stays as it is. */
  refuse(error: unknown): void
}

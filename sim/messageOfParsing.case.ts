import { expect } from 'vitest'
import { UserError } from '../base/errors.ts'
import { parseModel } from './readModel.ts'

/** What a model file is refused with, always a UserError; '' where it is a model. For tests. */
export async function messageOfParsing(value: unknown): Promise<string> {
  try {
    await parseModel(value, 'm.json')
    return ''
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    return (error as UserError).message
  }
}

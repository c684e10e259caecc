import { Transactional, type TransactionalSource } from '../../../src/session/transactional-decorator.js'

/** A service whose methods are decorated, for one database. */
export interface People {
  register(first: string, second: string): Promise<number>
  registerAndFail(): Promise<void>
}

/** Makes the service; the class is in here because its decorators name the database. */
export function decoratedPeople<DB>(
  database: TransactionalSource<DB>,
  insert: (name: string) => Promise<unknown>,
): People {
  class DecoratedPeople implements People {
    readonly #prefix = 'Dr. '

    @Transactional(database)
    async register(first: string, second: string): Promise<number> {
      await insert(this.#prefix + first)
      await insert(this.#prefix + second)
      return 2
    }

    @Transactional(database, { isolationLevel: 'serializable' })
    async registerAndFail(): Promise<void> {
      await this.register('Barbara', 'Edsger')
      throw new Error('business')
    }
  }
  return new DecoratedPeople()
}

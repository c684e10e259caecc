import { kyselyTogether } from './kysely-together.js'

/** See {@link kyselyTogether}. */
export const createEntrant = kyselyTogether(5)

import { pgTogether } from './pg-together.js'

/** See {@link pgTogether}. */
export const createEntrant = pgTogether(20)

import type { Engine } from '../engine/engine.js'
import type { Mapper } from '../unit-of-work/mapper.js'
import type { QuerySetup } from './query-setup.js'
import type { SessionPlan } from './session-plan.js'

/**
 * What a session is opened with; sessions of one factory share it.
 *
 * @internal
 */
export interface SessionContext {
  readonly engine: Engine
  readonly plan: SessionPlan
  readonly mapper: () => Mapper
  readonly queries: QuerySetup
  /** The id of the session that is suspended until this one is closed. */
  readonly suspended?: string | undefined
}

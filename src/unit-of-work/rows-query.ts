import type {
  ComparisonOperatorExpression,
  ExpressionOrFactory,
  OperandValueExpressionOrList,
  OrderByExpression,
  OrderByModifiers,
  ReferenceExpression,
  SqlBool,
} from 'kysely'
import { UsageError } from '../errors/usage-error.js'
import type { AnyBuilder, ReadPlan } from './relation-load.js'

/**
 * What all queries for objects have in common: conditions, order and window, in Kysely's expression types.
 *
 * Queries do not change: every method gives another one.
 */
export abstract class RowsQuery<DB, K extends keyof DB> {
  /** @internal */
  protected readonly plan: ReadPlan

  /** @internal */
  protected constructor(plan: ReadPlan) {
    this.plan = plan
  }

  /** @internal */
  protected abstract derive(change: Partial<ReadPlan>): this

  /**
   * Only rows that meet a condition, besides the others. No I/O.
   *
   * @param left - A column, or an expression.
   * @param operator - Such as `=`, `in`, `is`, `like`.
   * @param right - A value, or an expression.
   */
  where<RE extends ReferenceExpression<DB, K>>(
    left: RE,
    operator: ComparisonOperatorExpression,
    right: OperandValueExpressionOrList<DB, K, RE>,
  ): this

  /**
   * Only rows that meet a condition, besides the others. No I/O.
   *
   * @param expression - A condition, or a function that makes one from Kysely's expression builder.
   */
  where(expression: ExpressionOrFactory<DB, K, SqlBool>): this

  where(...condition: unknown[]): this {
    const { builder } = this.plan
    const filtered = (builder.where as (...condition: unknown[]) => AnyBuilder).apply(builder, condition)
    return this.derive({ builder: filtered, isFiltered: true })
  }

  /**
   * Orders the rows; a second call orders those that are equal by the first. No I/O.
   *
   * @param expression - A column, or an expression.
   * @param modifiers - `'asc'`, `'desc'`, or a function such as `(o) => o.desc().nullsLast()`. Default `'asc'`.
   */
  orderBy(expression: OrderByExpression<DB, K, object>, modifiers?: OrderByModifiers): this {
    const { builder } = this.plan
    return this.derive({ builder: builder.orderBy(expression as never, modifiers) })
  }

  /**
   * At most so many rows: of a relation, for each parent. No I/O.
   *
   * @param count - A whole number from 0.
   * @throws {@link UsageError} if it is not.
   */
  limit(count: number): this {
    const { builder } = this.plan
    return this.derive({ builder: builder.limit(checkedCount('limit', count)), hasWindow: true })
  }

  /**
   * Leaves out so many rows at the beginning: of a relation, for each parent. No I/O.
   *
   * @param count - A whole number from 0.
   * @throws {@link UsageError} if it is not.
   */
  offset(count: number): this {
    const { builder } = this.plan
    return this.derive({ builder: builder.offset(checkedCount('offset', count)), hasWindow: true })
  }
}

function checkedCount(method: string, count: number): number {
  if (Number.isSafeInteger(count) && count >= 0) return count
  throw new UsageError({
    message: `${method}() was given ${String(count)}`,
    hint: 'It must be a whole number from 0.',
  })
}

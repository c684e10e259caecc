/** What a constraint or index that was declared without a name is. */
export interface UnnamedObject {
  readonly kind: 'check' | 'exclusion' | 'foreignKey' | 'index' | 'primaryKey' | 'unique'
  /** The table's name. */
  readonly table: string
  /**
   * The columns' names, in order; an expression is called after its function, or `expr`. For a check: the columns that
   * it mentions.
   */
  readonly columns: readonly string[]
  /** The referenced table's name, for a foreign key. */
  readonly target: string | undefined
}

/**
 * How constraints and indexes without a name are called.
 *
 * - `postgresql`: as the server would call them (`users_email_key`), so that a database made by hand gives no
 *   difference.
 * - `sqlalchemy`: the set that SQLAlchemy's and Alembic's documentation recommend (`uq_users_email`).
 * - A function of your own.
 */
export type NamingConvention = 'postgresql' | 'sqlalchemy' | ((unnamed: UnnamedObject) => string)

/** The labels at the end of PostgreSQL's own names. */
export const POSTGRES_LABELS: Readonly<Record<UnnamedObject['kind'], string>> = {
  check: 'check',
  exclusion: 'excl',
  foreignKey: 'fkey',
  index: 'idx',
  primaryKey: 'pkey',
  unique: 'key',
}

/**
 * Names an object the way SQLAlchemy's documentation recommends. Pure.
 *
 * @param unnamed - What has no name.
 * @returns Its name, not yet cut to 63 bytes.
 * @internal
 * @see SQLAlchemy 2.0, "Configuring Constraint Naming Conventions"
 */
export function sqlalchemyName({ kind, table, columns, target }: UnnamedObject): string {
  const columnPart = columns.join('_')
  switch (kind) {
    case 'primaryKey':
      return `pk_${table}`
    case 'unique':
      return `uq_${table}_${columnPart}`
    case 'check':
      return `ck_${table}_${columnPart}`
    case 'foreignKey':
      return `fk_${table}_${columnPart}_${target ?? ''}`
    case 'exclusion':
      return `excl_${table}_${columnPart}`
    case 'index':
      return `ix_${table}_${columnPart}`
  }
}

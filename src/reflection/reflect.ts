import { Metadata } from '../metadata/metadata.js'
import { refuseUnknownKeys } from '../metadata/refuse-unknown-keys.js'
import { CatalogIndex } from './catalog-index.js'
import type { Catalog } from './catalog-rows.js'
import { declareAlterations } from './declare-alterations.js'
import { declareExtensions, declareObjects, declareSequences } from './declare-objects.js'
import { declareTables } from './declare-tables.js'
import { declareTypes } from './declare-types.js'
import { Entities } from './entities.js'
import { readCatalog, type CatalogConnection } from './read-catalog.js'
import { selectObjects } from './select-objects.js'

/** What `reflect()` reads. */
export interface ReflectOptions {
  /**
   * The schemas. The first becomes the metadata's own.
   *
   * @defaultValue the first schema of the connection's search path, which is that of the database's metadata
   */
  readonly schemas?: readonly string[] | undefined
  /**
   * Names of tables, views and other objects, bare or as `schema.name`: only these are read, with what belongs to them
   * and what they need, such as types and the tables that foreign keys lead to.
   *
   * @defaultValue everything in the schemas
   */
  readonly only?: readonly string[] | undefined
  /**
   * Names of objects that are left out, together with what can't be without them, such as views; of foreign keys that
   * lead to them only the key is left out.
   *
   * @defaultValue nothing
   */
  readonly except?: readonly string[] | undefined
  /**
   * Told, once, what the schemas hold and a metadata can't, if there is any: base types, conversions, publications.
   *
   * @defaultValue a warning of the process that names it
   */
  readonly onUnsupported?: ((objects: readonly UnsupportedObject[]) => void) | undefined
}

/** What `reflect()` found and left out, because only functions in C or the operator of the server can make it. */
export interface UnsupportedObject {
  /** Such as `base type`, `conversion`, `text search parser`, `publication`. */
  readonly kind: string
  /** Undefined for what lives in no schema. */
  readonly schema: string | undefined
  readonly name: string
}

/** Where `reflect()` reads: an `AsyncDatabase` or a view of it. */
export interface ReflectionSource {
  /** Runs work in a transaction of its own. */
  begin<Result>(
    work: (session: CatalogConnection) => Promise<Result>,
    options: { readonly isolationLevel: 'repeatable read'; readonly readOnly: true },
  ): Promise<Result>
}

/**
 * Reads a live database into a metadata: the same that declarations in code would give, names included.
 *
 * Sends 11 statements to the catalogs, whatever the number of tables, in three round trips. A database is read in
 * a read-only transaction of its own, at one moment; a session in its own transaction, which it begins if there is none.
 * What belongs to extensions is left out: their `CREATE EXTENSION` makes it. Foreign keys into other schemas bring those
 * tables along.
 *
 * @param source - A database, or a session to see what its transaction sees.
 * @param options - See {@link ReflectOptions}.
 * @returns The metadata. The keys of its tables are their names, `schema.name` outside of the first schema.
 * @throws {@link ReflectionError} if a schema or a name in `only` is not there, or the role may not use the schema.
 * @throws {@link ConfigurationError} if an option is unknown.
 * @throws {@link OperationalError} if the server can't be reached.
 * @example
 * ```ts
 * import { reflect, renderMetadata } from 'async-database'
 *
 * const metadata = await reflect(database, { schemas: ['public'], except: ['spatial_ref_sys'] })
 * console.log(renderMetadata(metadata)['tables.ts'])
 * ```
 * @see SQLAlchemy 2.0, `MetaData.reflect`
 */
export async function reflect(
  source: CatalogConnection | ReflectionSource,
  options: ReflectOptions = {},
): Promise<Metadata> {
  refuseUnknownKeys(options, ['schemas', 'only', 'except', 'onUnsupported'], 'reflect()')
  const { schemas, only, except = [], onUnsupported = warn } = options
  const catalog =
    'executeQuery' in source
      ? await readCatalog(source, schemas, true)
      : await source.begin((session) => readCatalog(session, schemas, false), {
          isolationLevel: 'repeatable read',
          readOnly: true,
        })
  const unsupported = catalog.unsupported.map(({ kind, schema, name }) => ({
    kind,
    schema: schema ?? undefined,
    name,
  }))
  if (unsupported.length > 0 && only === undefined) onUnsupported(unsupported)
  return metadataOf(selectObjects(catalog, { only, except }))
}

function warn(objects: readonly UnsupportedObject[]): void {
  const names = objects.map(({ kind, schema, name }) => [kind, schema, name].filter(Boolean).join(' '))
  process.emitWarning(`reflect() leaves out what a metadata can't hold: ${names.join(', ')}.`, {
    type: 'ReflectionWarning',
    detail: 'Pass onUnsupported to be told instead.',
  })
}

function metadataOf(catalog: Catalog): Metadata {
  const index = new CatalogIndex(catalog, catalog.schema)
  declareTypes(index)
  declareTables(index)
  const relations = [...index.tables.values()]
  return new Metadata({
    schema: catalog.schema,
    tables: Object.fromEntries(relations.map(({ key, table }) => [key, table])),
    types: [...index.types.values()].map((def) => ({ def })),
    sequences: declareSequences(index),
    extensions: declareExtensions(catalog.extensions),
    objects: [...declareObjects(index, new Entities(catalog)), ...declareAlterations(index)],
    schemas: catalog.namespaces.map(({ name, comment }) =>
      comment === null || (name === 'public' && comment === PUBLIC_COMMENT) ? name : { name, comment },
    ),
  })
}

/** The comment that initdb gives it. */
const PUBLIC_COMMENT = 'standard public schema'

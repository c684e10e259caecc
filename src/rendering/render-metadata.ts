import type { DatabaseDescription, ObjectName } from '../metadata/description.js'
import type { Metadata } from '../metadata/metadata.js'
import { refuseUnknownKeys } from '../metadata/refuse-unknown-keys.js'
import { printSource } from './print-source.js'
import { RenderContext, slot } from './render-context.js'
import {
  renderDomain,
  renderEnum,
  renderExtension,
  renderSequence,
  renderSqlObject,
  renderView,
} from './render-object.js'
import { renderRelations } from './render-relations.js'
import { renderTable } from './render-table.js'
import {
  call,
  list,
  optional,
  optionsObject,
  spreadObject,
  string,
  text,
  type SourceNode,
} from './source-node.js'
import { IMPORTABLE, SourceModule } from './source-module.js'

/** How `renderMetadata()` writes. */
export interface RenderOptions {
  /**
   * One file for each schema's tables, one for types and one for raw objects, and `tables.ts` that puts them together;
   * else everything is in `tables.ts`.
   *
   * @defaultValue false
   */
  readonly splitBySchema?: boolean | undefined
  /** What the package is imported as. @defaultValue 'async-database' */
  readonly packageName?: string | undefined
}

/**
 * Writes a metadata as TypeScript, as somebody would who declares it by hand. Pure; the same from run to run.
 *
 * Names that the naming convention gives anyway are left out. Relations are those of the metadata; where it has none, as
 * after `reflect()`, those that its foreign keys state. The source compiles under strict settings and is formatted
 * as prettier formats without semicolons, in single quotes and 110 columns.
 *
 * @param metadata - What to write, such as what `reflect()` gave.
 * @param options - See {@link RenderOptions}.
 * @returns Source by the name of its file; `tables.ts` exports `tables`, `related` (the relations), `DB` and `metadata`.
 * @throws {@link ConfigurationError} if an option is unknown.
 * @example
 * ```ts
 * import { reflect, renderMetadata } from 'async-database'
 * import { writeFile } from 'node:fs/promises'
 *
 * const files = renderMetadata(await reflect(database))
 * for (const [name, source] of Object.entries(files)) await writeFile(`src/${name}`, source)
 * ```
 */
export function renderMetadata(
  metadata: Metadata,
  options: RenderOptions = {},
): Readonly<Record<string, string>> {
  refuseUnknownKeys(options, ['splitBySchema', 'packageName'], 'renderMetadata()')
  const { splitBySchema = false, packageName = 'async-database' } = options
  const { description, schema } = metadata
  const context = new RenderContext(description, schema, IMPORTABLE)
  const home = (file: string): string => (splitBySchema ? file : 'tables.ts')
  const modules = new Map<string, SourceModule>()
  const moduleOf = (file: string): SourceModule => {
    const found = modules.get(file) ?? new SourceModule(file)
    modules.set(file, found)
    return found
  }
  const declare = (file: string, name: string, render: () => SourceNode): void => {
    moduleOf(file).declare(name, printSource(render(), `export const ${name} = `), context.takeUsed())
  }
  const nameOf = (names: ReadonlyMap<string, string>, object: ObjectName): string =>
    names.get(slot(object)) ?? ''

  for (const type of description.enums)
    declare(home('types.ts'), nameOf(context.types, type), () => renderEnum(type, context))
  for (const domain of description.domains)
    declare(home('types.ts'), nameOf(context.types, domain), () => renderDomain(domain, context))
  const fileOf = schemaFiles(description)
  for (const table of description.tables)
    declare(home(fileOf(table.schema)), nameOf(context.tables, table), () => renderTable(table, context))
  for (const view of description.views)
    declare(home(fileOf(view.schema)), nameOf(context.tables, view), () => renderView(view, context))
  const lists = {
    sequences: description.sequences.map((sequence) => renderSequence(sequence, context)),
    extensions: description.extensions.map((extension) => renderExtension(extension, context)),
    objects: description.objects.map((object) => renderSqlObject(object, context)),
  }
  const objectsFile = home('objects.ts')
  const filled = Object.entries(lists).filter(([, nodes]) => nodes.length > 0)
  for (const [name, nodes] of filled)
    moduleOf(objectsFile).declare(
      name,
      printSource(list(nodes), `export const ${name} = `),
      name === filled[0]?.[0] ? context.takeUsed() : new Set(),
    )
  addMetadata(
    moduleOf('tables.ts'),
    metadata,
    context,
    filled.map(([name]) => name),
  )
  return Object.fromEntries(
    [...modules.values()].map((module) => [module.file, module.source([...modules.values()], packageName)]),
  )
}

/** A file for each schema; two whose names look alike as file names get a number. */
function schemaFiles({ tables, views }: DatabaseDescription): (schema: string) => string {
  const files = new Map<string, string>()
  const taken = new Set(['tables', 'types', 'objects'])
  for (const { schema } of [...tables, ...views]) {
    if (files.has(schema)) continue
    const base =
      schema
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
        .replaceAll(/^-|-$/g, '') || 'schema'
    let file = base
    for (let number = 1; taken.has(file); number++) file = `${base}-${String(number)}`
    taken.add(file)
    files.set(schema, `${file}.ts`)
  }
  return (schema) => files.get(schema) ?? 'tables.ts'
}

function addMetadata(
  module: SourceModule,
  metadata: Metadata,
  context: RenderContext,
  lists: readonly string[],
): void {
  const { description, schema } = metadata
  const { tables, views, schemas } = description
  const entries = [...tables, ...views].map((object) => ({
    key: object.key,
    value: text(context.use(context.tables.get(slot(object)) ?? object.name)),
  }))
  module.declare('tables', printSource(spreadObject(entries), 'export const tables = '), context.takeUsed())
  const related = renderRelations(metadata)
  if (related !== undefined)
    module.declare('related', printSource(related, 'export const related = '), new Set(['relations']))
  module.declare(
    'DB',
    `export interface DB extends InferDatabase<typeof tables${related === undefined ? '' : ', typeof related'}> {}`,
    new Set(['InferDatabase']),
  )
  const types = [...description.enums, ...description.domains].map(
    (type) => context.types.get(slot(type)) ?? '',
  )
  const used = new Set(tables.flatMap((table) => [table.schema]))
  const extra = schemas.filter(
    ({ name, comment }) => comment !== undefined || (name !== schema && !used.has(name)),
  )
  const options = optionsObject({
    schema: string(schema),
    tables: text('tables'),
    relations: related === undefined ? undefined : text('related'),
    types: types.length === 0 ? undefined : list(types.map((name) => text(name))),
    ...Object.fromEntries(lists.map((name) => [name, text(name)])),
    schemas:
      extra.length === 0
        ? undefined
        : list(
            extra.map(({ name, comment }) =>
              comment === undefined
                ? string(name)
                : (optionsObject({ name: string(name), comment: optional(comment) }) ?? string(name)),
            ),
          ),
  })
  const node = call('new Metadata', options)
  const needed = new Set(['Metadata', ...types, ...lists])
  module.declare('metadata', printSource(node, 'export const metadata = '), needed)
}

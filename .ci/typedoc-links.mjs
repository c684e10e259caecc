/**
 * typedoc plugin: a `{@link Name}` in one entry point finds what the main entry point exports.
 *
 * TypeScript reads the braces of `@throws {@link Name}` as a type and resolves no link there, so typedoc looks the
 * name up in the docstring's own entry point only. Written out (`{@link index.Name}`) it would read badly on hover.
 *
 * @param {import('typedoc').Application} app
 */
export function load(app) {
  app.converter.addUnknownSymbolResolver(({ moduleSource, symbolReference }, reflection, part) => {
    const name = symbolReference?.path?.map(({ path }) => path)
    if (part === undefined || moduleSource !== undefined || name === undefined) return undefined
    const target = reflection.project.getChildByName(['index', ...name])
    return target && { target }
  })
}

import { readFileSync, readdirSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { DatabaseError } from '../../../src/errors/database-error.js'
import { ERROR_CODES } from '../../../src/errors/error-codes.js'

const folder = new URL('../../../src/errors/', import.meta.url)
const page = readFileSync(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8')
const sections = page.split(/^### /m).slice(1)

type ErrorClass = typeof DatabaseError

let classes: ErrorClass[]

beforeAll(async () => {
  const modules = await Promise.all(
    readdirSync(folder).map((file) => import(new URL(file, folder).href) as Promise<Record<string, unknown>>),
  )
  const isErrorClass = (value: unknown): value is ErrorClass =>
    value === DatabaseError || (typeof value === 'function' && value.prototype instanceof DatabaseError)
  classes = modules.flatMap((module) => Object.values(module)).filter(isErrorClass)
})

describe('ERROR_CODES', () => {
  it('lists each exported class once', () => {
    expect(classes.map((type) => type.code).sort()).toEqual([...ERROR_CODES].sort())
  })

  it('has the sections of the reference page, in their order', () => {
    const headings = sections.map((section) => section.slice(0, section.indexOf('\n')))
    // Codes of the query and transaction families are grouped by what the reader does, as in the list.
    expect(headings).toEqual([...ERROR_CODES])
  })

  it('leads to a section that names the class and, but for the root, what to do', () => {
    for (const type of classes) {
      const section = sections.find((text) => text.startsWith(`${type.code}\n`))
      expect(section).toContain(`\`${type.name}\``)
      if (type !== DatabaseError) expect(section).toContain('**Do:**')
    }
  })
})

describe('an error class', () => {
  it('has its own code and a literal name equal to the exported one', () => {
    for (const type of classes) {
      expect(Object.hasOwn(type, 'code')).toBe(true)
      expect(Object.getOwnPropertyDescriptor(type, 'name')).toMatchObject({ value: type.name })
      expect(type.name).toMatch(/Error$/)
    }
    expect(new Set(classes.map((type) => type.name)).size).toBe(classes.length)
  })
})

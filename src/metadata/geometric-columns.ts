import { columnOf, type ColumnBuilder } from './column-builder.js'
import type { ReadAs } from './data-type.js'

/** What reading a `point` gives. */
export interface Point {
  /** The first coordinate. */
  readonly x: number
  /** The second coordinate. */
  readonly y: number
}

/** What reading a `circle` gives. */
export interface Circle extends Point {
  /** The distance from the centre. */
  readonly radius: number
}

function geometricColumn<T>(name: string, readAs: ReadAs): ColumnBuilder<T, string, 'null'> {
  return columnOf<T, string>({ name, declared: undefined, dimensions: 0, readAs })
}

/** A point on a plane; written as text such as `(1,2)`. */
export function point(): ColumnBuilder<Point, string, 'null'> {
  return geometricColumn('point', 'point')
}

/** A circle; written as text such as `<(1,2),3>`. */
export function circle(): ColumnBuilder<Circle, string, 'null'> {
  return geometricColumn('circle', 'circle')
}

/** An infinite line, as text such as `{1,2,3}`. */
export function line(): ColumnBuilder<string, string, 'null'> {
  return geometricColumn('line', 'string')
}

/** A line between two points, as text. */
export function lseg(): ColumnBuilder<string, string, 'null'> {
  return geometricColumn('lseg', 'string')
}

/** A rectangle, as text. */
export function box(): ColumnBuilder<string, string, 'null'> {
  return geometricColumn('box', 'string')
}

/** An open or closed path, as text. */
export function path(): ColumnBuilder<string, string, 'null'> {
  return geometricColumn('path', 'string')
}

/** A polygon, as text. */
export function polygon(): ColumnBuilder<string, string, 'null'> {
  return geometricColumn('polygon', 'string')
}

import { PrimitiveValueListNode, ValueListNode, ValueNode, type OperationNode } from 'kysely'
import type { ParameterWriter } from '../../unit-of-work/parameter-writer.js'
import { ParameterSlot } from '../parameter-slot.js'

/**
 * Writes the values that are meant for one column. Expressions are left as they are: what is written in SQL speaks for
 * itself. Pure.
 *
 * @param isList - Whether a list holds values (`in`), or is one.
 * @internal
 */
export function mapValues(node: OperationNode, write: ParameterWriter, isList: boolean): OperationNode {
  if (ValueNode.is(node)) return node.immediate ? node : ValueNode.create(written(node.value, write))
  if (PrimitiveValueListNode.is(node)) {
    return isList
      ? PrimitiveValueListNode.create(node.values.map((value) => written(value, write)))
      : ValueNode.create(written(node.values, write))
  }
  if (ValueListNode.is(node) && isList) {
    return ValueListNode.create(node.values.map((value) => mapValues(value, write, false)))
  }
  return node
}

/** One value. Null is SQL's NULL, and undefined is for the statement to refuse. */
export function written(value: unknown, write: ParameterWriter): unknown {
  if (value === null || value === undefined) return value
  return value instanceof ParameterSlot ? value.writtenBy(write) : write(value)
}

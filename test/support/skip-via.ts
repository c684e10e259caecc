import { beforeEach, inject } from 'vitest'
import { SKIPPED_VIA_PGBOUNCER } from './skipped-via-pgbouncer.js'
import { isPooled } from './via.js'

/** Skips, with the reason, what can't hold in this run: see {@link SKIPPED_VIA_PGBOUNCER}. */
beforeEach((context) => {
  const via = inject('via')
  if (via?.kind === 'missing') context.skip(via.reason)
  if (!isPooled) return
  const { file, fullTestName } = context.task
  const name = `${file.name.split('/').at(-1) ?? ''} > ${fullTestName}`
  for (const [pattern, reason] of SKIPPED_VIA_PGBOUNCER) if (pattern.test(name)) context.skip(reason)
})

import { foreignKey } from '../../../src/metadata/foreign-key.js'
import type { InferDatabase } from '../../../src/metadata/infer-database.js'
import { primaryKey } from '../../../src/metadata/key-constraint.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import { bigint, integer, numeric } from '../../../src/metadata/number-columns.js'
import { relations } from '../../../src/metadata/relations.js'
import { table } from '../../../src/metadata/table.js'
import { text } from '../../../src/metadata/text-columns.js'
import { timestamptz } from '../../../src/metadata/time-columns.js'

/** Tables of a blog: every kind of relation, over keys of one column and of several, and of a type with several texts. */
export const users = table('users', {
  id: bigint().identity().primaryKey(),
  email: text().notNull().unique(),
  name: text(),
  managerId: bigint().references(() => users.id),
})
const profiles = table('profiles', {
  userId: bigint()
    .primaryKey()
    .references(() => users.id),
  motto: text().notNull(),
})
export const posts = table('posts', {
  id: integer().identity().primaryKey(),
  authorId: bigint()
    .notNull()
    .references(() => users.id),
  editorId: bigint().references(() => users.id),
  title: text().notNull(),
  views: integer().notNull().default(0),
  writtenAt: timestamptz().notNull().default(new Date(0)),
})
export const comments = table('blog_comments', {
  id: integer().identity().primaryKey(),
  postId: integer()
    .notNull()
    .named('post_id')
    .references(() => posts.id),
  userId: bigint()
    .named('user_id')
    .references(() => users.id),
  body: text().notNull(),
})
export const tags = table('tags', { id: integer().identity().primaryKey(), label: text().notNull() })
const postTags = table(
  'postTags',
  {
    postId: integer()
      .notNull()
      .references(() => posts.id),
    tagId: integer()
      .notNull()
      .references(() => tags.id),
  },
  (t) => [primaryKey(t.postId, t.tagId)],
)
export const orders = table('orders', { shop: text().notNull(), no: integer().notNull() }, (t) => [
  primaryKey(t.shop, t.no),
])
export const lines = table(
  'lines',
  { id: integer().identity().primaryKey(), shop: text(), orderNo: integer(), price: numeric() },
  (t) => [foreignKey([t.shop, t.orderNo], () => [orders.shop, orders.no])],
)
const rates = table('rates', { value: numeric().primaryKey(), name: text().notNull() })

const tables = { users, profiles, posts, comments, tags, postTags, orders, lines, rates }
const related = relations(tables, {
  users: (r) => ({
    manager: r.one('users', { managerId: 'id' }),
    reports: r.many('users', { id: 'managerId' }),
    profile: r.one('profiles', { id: 'userId' }),
    posts: r.many('posts', { id: 'authorId' }),
    edited: r.many('posts', { id: 'editorId' }),
    comments: r.many('comments', { id: 'userId' }),
  }),
  profiles: (r) => ({ user: r.one('users', { userId: 'id' }) }),
  posts: (r) => ({
    author: r.one('users', { authorId: 'id' }),
    editor: r.one('users', { editorId: 'id' }),
    comments: r.many('comments', { id: 'postId' }),
    tags: r.manyThrough('tags', { table: 'postTags', from: { id: 'postId' }, to: { tagId: 'id' } }),
  }),
  comments: (r) => ({
    post: r.one('posts', { postId: 'id' }),
    user: r.one('users', { userId: 'id' }),
  }),
  tags: (r) => ({
    posts: r.manyThrough('posts', { table: 'postTags', from: { id: 'tagId' }, to: { postId: 'id' } }),
  }),
  orders: (r) => ({ lines: r.many('lines', { shop: 'shop', no: 'orderNo' }) }),
  lines: (r) => ({
    order: r.one('orders', { shop: 'shop', orderNo: 'no' }),
    rate: r.one('rates', { price: 'value' }),
  }),
})
export const metadata = new Metadata({ tables, relations: related })
export interface DB extends InferDatabase<typeof tables, typeof related> {}

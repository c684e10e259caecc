import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as prettier from 'prettier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import type { Metadata } from '../../../src/metadata/metadata.js'
import { reflect } from '../../../src/reflection/reflect.js'
import { renderMetadata } from '../../../src/rendering/render-metadata.js'
import type { Session } from '../../../src/session/session.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { via } from '../../support/via.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const FOLDER = join(ROOT, '.tmp', `render-relations-${String(process.pid)}`)
const COMPILER = createRequire(import.meta.url).resolve('typescript/lib/tsc.js')

const SCHEMA = `
create schema shop;
set search_path to shop;
create table users (id bigint primary key, name text not null);
create table profile (user_id bigint primary key references users, bio text);
create table tag (id integer primary key, word text);
create table post (id integer primary key, author text, author_id bigint not null references users, editor_id bigint references users);
create table post_tag (post_id integer references post, tag_id integer references tag, primary key (post_id, tag_id));
create table starred (post_id integer references post, tag_id integer references tag, stars integer, primary key (post_id, tag_id));
create table follow (follower_id bigint references users, followed_id bigint references users, primary key (follower_id, followed_id));
create table category (id integer primary key, parent_id integer references category);
create table employee (id integer primary key, boss integer references employee);
create table "order" (shop text, no integer, primary key (shop, no));
create table line (shop text not null, order_no integer not null, no integer, primary key (shop, order_no, no),
  foreign key (shop, order_no) references "order");
create table note (id integer primary key, shop text, order_no integer, foreign key (shop, order_no) references "order");
create table passport (id bigint primary key references profile, stamp text);
create table narrow (id integer primary key, user_id integer references users);
create table "Odd Table" ("ownerId" bigint primary key references users, "then_id" integer references tag);
create table old (id integer primary key, tag_id integer not null);
alter table old add foreign key (tag_id) references tag not valid;
create table city (id integer primary key, tag integer references tag, other integer references tag);
`

const RELATED = `export const related = relations(tables, {
  'Odd Table': (r) => ({
    owner: r.one('users', { ownerId: 'id' }),
    tag: r.one('tag', { then_id: 'id' }),
  }),
  category: (r) => ({
    parent: r.one('category', { parent_id: 'id' }),
    category_as_parent: r.many('category', { id: 'parent_id' }),
  }),
  city: (r) => ({
    tag_row: r.one('tag', { tag: 'id' }),
    other_row: r.one('tag', { other: 'id' }),
  }),
  employee: (r) => ({
    boss_row: r.one('employee', { boss: 'id' }),
    employee_as_boss: r.many('employee', { id: 'boss' }),
  }),
  follow: (r) => ({
    follower: r.one('users', { follower_id: 'id' }),
    followed: r.one('users', { followed_id: 'id' }),
  }),
  line: (r) => ({
    order: r.one('order', { shop: 'shop', order_no: 'no' }, { required: true }),
  }),
  note: (r) => ({
    order: r.one('order', { shop: 'shop', order_no: 'no' }),
  }),
  old: (r) => ({
    tag: r.one('tag', { tag_id: 'id' }, { required: false }),
  }),
  order: (r) => ({
    line: r.many('line', { shop: 'shop', no: 'order_no' }),
    note: r.many('note', { shop: 'shop', no: 'order_no' }),
  }),
  passport: (r) => ({
    profile: r.one('profile', { id: 'user_id' }),
  }),
  post: (r) => ({
    users: r.one('users', { author_id: 'id' }),
    editor: r.one('users', { editor_id: 'id' }),
    tag: r.manyThrough('tag', { table: 'post_tag', from: { id: 'post_id' }, to: { tag_id: 'id' } }),
    starred: r.many('starred', { id: 'post_id' }),
  }),
  post_tag: (r) => ({
    post: r.one('post', { post_id: 'id' }),
    tag: r.one('tag', { tag_id: 'id' }),
  }),
  profile: (r) => ({
    user: r.one('users', { user_id: 'id' }),
    passport: r.one('passport', { user_id: 'id' }, { required: false }),
  }),
  starred: (r) => ({
    post: r.one('post', { post_id: 'id' }),
    tag: r.one('tag', { tag_id: 'id' }),
  }),
  tag: (r) => ({
    'Odd Table': r.many('Odd Table', { id: 'then_id' }),
    city_as_tag: r.many('city', { id: 'tag' }),
    city_as_other: r.many('city', { id: 'other' }),
    old: r.many('old', { id: 'tag_id' }),
    post: r.manyThrough('post', { table: 'post_tag', from: { id: 'tag_id' }, to: { post_id: 'id' } }),
    starred: r.many('starred', { id: 'tag_id' }),
  }),
  users: (r) => ({
    'Odd Table': r.one('Odd Table', { id: 'ownerId' }),
    followed: r.manyThrough('users', {
      table: 'follow',
      from: { id: 'follower_id' },
      to: { followed_id: 'id' },
    }),
    follower: r.manyThrough('users', {
      table: 'follow',
      from: { id: 'followed_id' },
      to: { follower_id: 'id' },
    }),
    post_as_author: r.many('post', { id: 'author_id' }),
    post_as_editor: r.many('post', { id: 'editor_id' }),
    profile: r.one('profile', { id: 'user_id' }),
  }),
})
`

/** Loads everything with everything; its types must hold too. */
const USE = `
import type { Session } from '../../src/index.js'
import { tables, type DB } from './tables.js'

export async function use(session: Session<DB>) {
  const posts = await session
    .query(tables.post)
    .with({ users: true, editor: true, tag: true, starred: { tag: true } })
    .orderBy('id')
    .all()
  const people = await session
    .query(tables.users)
    .with({ post_as_author: true, post_as_editor: true, profile: { passport: true }, followed: true, follower: true })
    .orderBy('id')
    .all()
  const categories = await session.query(tables.category).with({ parent: true, category_as_parent: true }).orderBy('id').all()
  const lines = await session.query(tables.line).with({ order: { note: true } }).all()
  const author: string | undefined = posts[0]?.users.name
  // @ts-expect-error -- editor_id takes NULL.
  const editor: string | undefined = posts[0]?.editor.name
  // @ts-expect-error -- a user may have no profile.
  const bio = people[0]?.profile.bio
  const shop: string | undefined = lines[0]?.order.shop
  return { posts, people, categories, lines, named: [author, editor, bio, shop] }
}
`

const ROWS = `
insert into shop.users values (1, 'Ada'), (2, 'Bob');
insert into shop.profile values (1, 'Countess');
insert into shop.tag values (1, 'x'), (2, 'y');
insert into shop.post values (1, 'A. L.', 1, 2), (2, 'B.', 2, null);
insert into shop.post_tag values (1, 1), (1, 2);
insert into shop.starred values (2, 2, 5);
insert into shop.follow values (1, 2);
insert into shop.category values (1, null), (2, 1);
insert into shop."order" values ('A', 7);
insert into shop.line values ('A', 7, 1);
insert into shop.note values (1, 'A', 7)`

type Loaded = Readonly<Record<'categories' | 'lines' | 'people' | 'posts', readonly object[]>>

describe('renderMetadata, of a database with foreign keys', () => {
  const database = cloneDatabase()
  let source = ''

  beforeAll(async () => {
    await database.query(SCHEMA)
    await using reading = new AsyncDatabase({ ...via(database.url) })
    const metadata = await reflect(reading, { schemas: ['shop'] })
    source = renderMetadata(metadata, { packageName: '../../src/index.js' })['tables.ts'] ?? ''
    mkdirSync(FOLDER, { recursive: true })
    writeFileSync(join(FOLDER, 'tables.ts'), source)
    writeFileSync(join(FOLDER, 'use.ts'), USE)
  })
  afterAll(() => {
    rmSync(FOLDER, { recursive: true, force: true })
  })

  it('names relations after the columns that point, and by their role where two would have one name', () => {
    expect(source).toContain(RELATED)
    expect(source).toContain('export interface DB extends InferDatabase<typeof tables, typeof related> {}')
    expect(source).toContain("new Metadata({ schema: 'shop', tables, relations: related })")
  })

  it('writes relations as prettier would', async () => {
    const style = await prettier.resolveConfig(join(ROOT, 'package.json'))
    expect(await prettier.format(source, { ...style, parser: 'typescript' })).toBe(source)
  })

  it('writes relations that compile, and whose types say where there may be no row', () => {
    const config = {
      extends: join(ROOT, 'tsconfig.json'),
      include: ['./*.ts', '../../src/**/*.d.ts'],
      compilerOptions: { rootDir: ROOT, noEmit: true },
    }
    writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(config))
    const { stdout } = spawnSync(process.execPath, [COMPILER, '-p', FOLDER], { encoding: 'utf8' })
    expect(stdout).toBe('')
  }, 300_000)

  it('writes relations that load', async () => {
    await database.query(ROWS)
    const { metadata } = (await import(join(FOLDER, 'tables.ts'))) as { readonly metadata: Metadata }
    const { use } = (await import(join(FOLDER, 'use.ts'))) as {
      readonly use: (session: Session<unknown>) => Promise<Loaded>
    }
    await using opened = new AsyncDatabase({ ...via(database.url), metadata })
    await using session = opened.session()
    const { posts, people, categories, lines } = await use(session)
    expect(posts).toMatchObject([
      { id: 1, users: { name: 'Ada' }, editor: { name: 'Bob' }, tag: [{ word: 'x' }, { word: 'y' }] },
      { id: 2, users: { name: 'Bob' }, editor: null, tag: [], starred: [{ stars: 5, tag: { word: 'y' } }] },
    ])
    expect(people).toMatchObject([
      {
        name: 'Ada',
        post_as_author: [{ id: 1 }],
        post_as_editor: [],
        profile: { bio: 'Countess', passport: null },
        followed: [{ name: 'Bob' }],
        follower: [],
      },
      {
        name: 'Bob',
        post_as_author: [{ id: 2 }],
        post_as_editor: [{ id: 1 }],
        profile: null,
        follower: [{}],
      },
    ])
    expect(categories).toMatchObject([
      { id: 1, parent: null, category_as_parent: [{ id: 2 }] },
      { id: 2, parent: { id: 1 }, category_as_parent: [] },
    ])
    expect(lines).toMatchObject([{ no: 1, order: { shop: 'A', no: 7, note: [{ id: 1 }] } }])
  })
})

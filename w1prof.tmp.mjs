import { startPostgres } from '/tmp/w/lead/dist/testing.js'
import { AsyncDatabase } from '/tmp/w/lead/dist/index.js'
import inspector from 'node:inspector'
import { writeFileSync } from 'node:fs'
const server = await startPostgres()
const database = new AsyncDatabase({ url: server.url, pool: { size: 10, maxOverflow: 0 } })
await database.begin(async (s) => { const { sql } = await import('kysely'); await sql`create table if not exists account (id int primary key, name text, balance int)`.execute(s); await sql`insert into account select g, 'n'||g, g from generate_series(1,1000) g`.execute(s) })
let n = 0
async function worker(until) { while (performance.now() < until) { await database.begin((s) => s.selectFrom('account').selectAll().where('id', '=', 1 + (n % 1000)).executeTakeFirstOrThrow()); n++ } }
async function run(seconds) { n = 0; const c = process.cpuUsage(); const t = performance.now(); await Promise.all(Array.from({ length: 10 }, () => worker(t + seconds * 1000))); const u = process.cpuUsage(c); console.log(Math.round(n / seconds), 'req/s', ((u.user + u.system) / n).toFixed(1), 'us') }
await run(2)
const s = new inspector.Session(); s.connect()
const post = (m, p) => new Promise((r, j) => s.post(m, p, (e, v) => (e ? j(e) : r(v))))
await post('Profiler.enable'); await post('Profiler.setSamplingInterval', { interval: 200 }); await post('Profiler.start')
await run(4)
const { profile } = await post('Profiler.stop')
const self = new Map(); const incl = new Map(); const parent = new Map(); for (const x of profile.nodes) for (const c of x.children ?? []) parent.set(c, x.id); const byId = new Map(profile.nodes.map((x) => [x.id, x])); const dt = profile.timeDeltas; let total = 0
profile.samples.forEach((id, i) => { const node = byId.get(id); const f = node.callFrame; const k = `${f.functionName || '(anon)'} ${f.url.split('/').slice(-2).join('/')}:${f.lineNumber + 1}`; self.set(k, (self.get(k) ?? 0) + dt[i]); total += dt[i]; const seen = new Set(); for (let p = id; p !== undefined; p = parent.get(p)) { const g = byId.get(p).callFrame; const q = `${g.functionName || '(anon)'} ${g.url.split('/').slice(-2).join('/')}:${g.lineNumber + 1}`; if (!seen.has(q)) { seen.add(q); incl.set(q, (incl.get(q) ?? 0) + dt[i]) } } })
for (const [k, v] of [...self].sort((a, b) => b[1] - a[1]).slice(0, 45)) console.log(((v / total) * 100).toFixed(1).padStart(5), k)
console.log('INCL'); for (const [k, v] of [...incl].sort((a, b) => b[1] - a[1]).slice(0, 90)) console.log(((v / total) * 100).toFixed(1).padStart(5), k)
await run(2)
await database.close(); await server.stop?.()
process.exit(0)

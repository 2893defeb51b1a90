#include "libtrack/capture/schema.hpp"

namespace track::capture::schema {

const char* const tables = R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE terms (kind TEXT, id INTEGER, name TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE processes (
  id INTEGER PRIMARY KEY, parent INTEGER, pid INTEGER, parent_pid INTEGER, start_ticks INTEGER,
  origin INTEGER, exe TEXT, args TEXT, start_mono_ms INTEGER, start_unix_ms INTEGER,
  duration_ms INTEGER, end_kind INTEGER, exit_code INTEGER, exit_signal INTEGER,
  oom_killed INTEGER, exit_path INTEGER, collector INTEGER, from_checkpoint INTEGER,
  survivors_valid INTEGER, inherited_blocks INTEGER, inherited_bytes INTEGER,
  inherited_frees INTEGER, reallocations INTEGER, peak_bytes INTEGER, peak_blocks INTEGER,
  peak_at_ms INTEGER, threads INTEGER, stills_begun INTEGER, stills_failed INTEGER,
  seen_ms INTEGER);
CREATE TABLE untracked (parent INTEGER, pid INTEGER, exe TEXT, reason TEXT, asked_for INTEGER);
CREATE TABLE losses (process INTEGER, loss INTEGER, count INTEGER,
  PRIMARY KEY (process, loss)) WITHOUT ROWID;
CREATE TABLE strings (id INTEGER PRIMARY KEY, value TEXT);
CREATE TABLE modules (id INTEGER PRIMARY KEY, path TEXT, build_id TEXT, found INTEGER,
  has_symbols INTEGER);
CREATE TABLE frames (id INTEGER PRIMARY KEY, module INTEGER, offset INTEGER, unloaded INTEGER);
CREATE TABLE names (frame INTEGER, level INTEGER, function INTEGER, file INTEGER, line INTEGER,
  inlined INTEGER, PRIMARY KEY (frame, level)) WITHOUT ROWID;
CREATE TABLE stack_chunks (first INTEGER PRIMARY KEY, count INTEGER, nodes BLOB);
CREATE TABLE sites (id INTEGER PRIMARY KEY, stack INTEGER, function INTEGER);
CREATE TABLE counters (
  process INTEGER, site INTEGER, allocations INTEGER, bytes_allocated INTEGER, frees INTEGER,
  bytes_freed INTEGER, peak_blocks INTEGER, peak_bytes INTEGER, temporary INTEGER,
  within_10ms INTEGER, within_1s INTEGER, within_60s INTEGER, longer INTEGER,
  surviving_blocks INTEGER, surviving_bytes INTEGER, oldest_age_ms INTEGER,
  youngest_age_ms INTEGER, PRIMARY KEY (process, site)) WITHOUT ROWID;
CREATE TABLE mismatches (
  process INTEGER, kind INTEGER, allocation_site INTEGER, release_stack INTEGER,
  release_function INTEGER, count INTEGER, bytes INTEGER, certain INTEGER, first_at_ms INTEGER,
  size_given INTEGER);
CREATE INDEX mismatches_by_process ON mismatches (process);
CREATE TABLE object_names (id INTEGER PRIMARY KEY, value TEXT);
CREATE TABLE objects (
  process INTEGER, serial INTEGER, address INTEGER, dead INTEGER, thread INTEGER, type INTEGER,
  label INTEGER, tag INTEGER, test INTEGER, born_at_ms INTEGER, due_at_ms INTEGER, stack INTEGER,
  bytes INTEGER);
CREATE INDEX objects_by_process ON objects (process);
CREATE TABLE caches (
  process INTEGER, serial INTEGER, name INTEGER, address INTEGER, born_at_ms INTEGER,
  ended_at_ms INTEGER, inserts INTEGER, hits INTEGER, misses INTEGER, evictions INTEGER,
  erased INTEGER, size INTEGER, never_hit INTEGER, evicted_1ms INTEGER, evicted_10ms INTEGER,
  evicted_100ms INTEGER, evicted_1s INTEGER, evicted_10s INTEGER, evicted_100s INTEGER,
  evicted_1000s INTEGER, evicted_later INTEGER, stack INTEGER);
CREATE INDEX caches_by_process ON caches (process);
CREATE TABLE samples (process INTEGER, at_mono_ms INTEGER, live_bytes INTEGER,
  live_blocks INTEGER, peak_bytes INTEGER, PRIMARY KEY (process, at_mono_ms)) WITHOUT ROWID;
CREATE TABLE moments (process INTEGER, at_mono_ms INTEGER, changes BLOB,
  PRIMARY KEY (process, at_mono_ms)) WITHOUT ROWID;
CREATE TABLE checkpoints (process INTEGER PRIMARY KEY, image BLOB);
CREATE TABLE stills (
  id INTEGER PRIMARY KEY, process INTEGER, number INTEGER, trigger INTEGER, at_mono_ms INTEGER,
  pause_us INTEGER, threads INTEGER, blocks INTEGER, bytes INTEGER, edges INTEGER,
  root_edges INTEGER, registers_missing INTEGER, threads_not_stopped INTEGER,
  threads_unseen INTEGER, mappings_unseen INTEGER, unreadable_bytes INTEGER, stream INTEGER,
  stream_bytes INTEGER);
CREATE TABLE graph_chunks (stream INTEGER, chunk INTEGER, records BLOB);
CREATE INDEX graph_chunks_by_stream ON graph_chunks (stream, chunk);
CREATE TABLE types (id INTEGER PRIMARY KEY, name TEXT, bytes INTEGER, element_offset INTEGER,
  is_array INTEGER);
CREATE TABLE fields (type INTEGER, offset INTEGER, path TEXT, field_type TEXT,
  field_offset INTEGER, kind INTEGER, PRIMARY KEY (type, offset)) WITHOUT ROWID;
CREATE TABLE vtables (process INTEGER, address INTEGER, type INTEGER,
  PRIMARY KEY (process, address)) WITHOUT ROWID;
CREATE TABLE site_types (site INTEGER, bytes INTEGER, type INTEGER,
  PRIMARY KEY (site, bytes)) WITHOUT ROWID;
CREATE TABLE variables (process INTEGER, address INTEGER, name TEXT, path TEXT, type TEXT,
  offset INTEGER, PRIMARY KEY (process, address)) WITHOUT ROWID;
CREATE TABLE site_numbers (process INTEGER PRIMARY KEY, sites BLOB);
)sql";

const char* const views = R"sql(
CREATE VIEW v1_capture AS SELECT key, value FROM meta;
CREATE VIEW v1_processes AS
  SELECT p.id AS process, p.parent AS parent, p.pid AS pid, p.exe AS exe, p.args AS command,
    (SELECT name FROM terms WHERE kind = 'origin' AND terms.id = p.origin) AS origin,
    p.start_unix_ms AS start_unix_ms, p.duration_ms AS duration_ms,
    (SELECT name FROM terms WHERE kind = 'end' AND terms.id = p.end_kind) AS end,
    p.exit_code AS exit_code, p.exit_signal AS exit_signal, p.oom_killed AS oom_killed,
    CAST(total(c.allocations) AS INTEGER) AS allocations, CAST(total(c.frees) AS INTEGER) AS frees,
    p.reallocations AS reallocations, CAST(total(c.bytes_allocated) AS INTEGER) AS bytes_allocated,
    p.peak_bytes AS peak_bytes, CAST(total(c.temporary) AS INTEGER) AS temporary,
    CAST(total(c.allocations) - total(c.frees) AS INTEGER) AS live_blocks,
    CAST(total(c.bytes_allocated) - total(c.bytes_freed) AS INTEGER) AS live_bytes,
    p.inherited_blocks AS inherited_blocks, p.inherited_frees AS inherited_frees,
    p.threads AS threads, p.stills_begun AS stills_begun, p.stills_failed AS stills_failed
  FROM processes p LEFT JOIN counters c ON c.process = p.id GROUP BY p.id;
CREATE VIEW v1_untracked AS SELECT parent, pid, exe, reason, asked_for FROM untracked;
CREATE VIEW v1_losses AS
  SELECT l.process AS process, t.name AS loss, l.count AS count
  FROM losses l JOIN terms t ON t.kind = 'loss' AND t.id = l.loss;
CREATE VIEW v1_modules AS SELECT id AS module, path, build_id, found, has_symbols FROM modules;
CREATE VIEW v1_frames AS
  SELECT f.id AS frame, n.level AS level, m.path AS module, f.offset AS offset,
    sf.value AS function, sx.value AS file, n.line AS line, n.inlined AS inlined,
    f.unloaded AS unloaded
  FROM frames f LEFT JOIN modules m ON m.id = f.module LEFT JOIN names n ON n.frame = f.id
    LEFT JOIN strings sf ON sf.id = n.function LEFT JOIN strings sx ON sx.id = n.file;
CREATE VIEW v1_stacks AS SELECT stack, position, frame FROM stack_frames;
CREATE VIEW v1_sites AS
  SELECT s.id AS site, t.name AS function, s.stack AS stack,
    (SELECT value FROM stack_frames k JOIN names n ON n.frame = k.frame AND n.level = 0
       JOIN strings ON strings.id = n.function
       WHERE k.stack = s.stack AND k.position = 0) AS caller
  FROM sites s JOIN terms t ON t.kind = 'allocation' AND t.id = s.function;
CREATE VIEW v1_counters AS
  SELECT process, site, allocations, bytes_allocated, frees, bytes_freed,
    allocations - frees AS live_blocks, bytes_allocated - bytes_freed AS live_bytes, peak_blocks,
    peak_bytes, temporary, within_10ms, within_1s, within_60s, longer, surviving_blocks,
    surviving_bytes, oldest_age_ms, youngest_age_ms
  FROM counters;
CREATE VIEW v1_mismatches AS
  SELECT m.process AS process, tk.name AS kind, m.allocation_site AS site,
    m.release_stack AS release_stack, tr.name AS released_by, m.count AS count, m.bytes AS bytes,
    m.certain AS certain, m.first_at_ms AS first_at_ms, m.size_given AS size_given
  FROM mismatches m JOIN terms tk ON tk.kind = 'mismatch' AND tk.id = m.kind
    JOIN terms tr ON tr.kind = 'release' AND tr.id = m.release_function;
CREATE VIEW v1_objects AS
  SELECT o.process AS process, o.serial AS serial, o.address AS address, o.dead AS dead,
    nt.value AS type, nl.value AS label, ng.value AS tag, ne.value AS test,
    o.born_at_ms AS born_at_ms, o.due_at_ms AS due_at_ms, o.thread AS thread, o.stack AS stack,
    o.bytes AS bytes
  FROM objects o LEFT JOIN object_names nt ON nt.id = o.type
    LEFT JOIN object_names nl ON nl.id = o.label LEFT JOIN object_names ng ON ng.id = o.tag
    LEFT JOIN object_names ne ON ne.id = o.test;
CREATE VIEW v1_caches AS
  SELECT c.process AS process, c.serial AS serial, n.value AS name, c.address AS address,
    c.born_at_ms AS born_at_ms, c.ended_at_ms AS ended_at_ms, c.inserts AS inserts,
    c.hits AS hits, c.misses AS misses, c.evictions AS evictions, c.erased AS erased,
    coalesce(c.size, max(c.inserts - c.evictions - c.erased, 0)) AS entries,
    c.never_hit AS never_hit, c.evicted_1ms AS evicted_1ms, c.evicted_10ms AS evicted_10ms,
    c.evicted_100ms AS evicted_100ms, c.evicted_1s AS evicted_1s, c.evicted_10s AS evicted_10s,
    c.evicted_100s AS evicted_100s, c.evicted_1000s AS evicted_1000s,
    c.evicted_later AS evicted_later, c.stack AS stack
  FROM caches c LEFT JOIN object_names n ON n.id = c.name;
CREATE VIEW v1_samples AS
  SELECT s.process AS process, s.at_mono_ms - p.start_mono_ms AS at_ms, s.live_bytes AS live_bytes,
    s.live_blocks AS live_blocks, s.peak_bytes AS peak_bytes
  FROM samples s JOIN processes p ON p.id = s.process;
CREATE VIEW v1_moments AS
  SELECT m.process AS process, m.at_mono_ms - p.start_mono_ms AS at_ms
  FROM moments m JOIN processes p ON p.id = m.process;
CREATE VIEW v1_stills AS
  SELECT s.id AS still, s.process AS process, t.name AS trigger,
    s.at_mono_ms - p.start_mono_ms AS at_ms, s.pause_us / 1000.0 AS pause_ms, s.blocks AS blocks,
    s.bytes AS bytes, s.edges AS edges, s.root_edges AS root_edges, s.threads AS threads,
    s.registers_missing AS registers_missing, s.threads_not_stopped AS threads_not_stopped,
    s.threads_unseen AS threads_unseen, s.mappings_unseen AS mappings_unseen,
    s.unreadable_bytes AS unreadable_bytes
  FROM stills s JOIN processes p ON p.id = s.process
    JOIN terms t ON t.kind = 'trigger' AND t.id = s.trigger;
CREATE VIEW v1_types AS SELECT id AS type, name, bytes, element_offset, is_array FROM types;
CREATE VIEW v1_site_types AS SELECT site, bytes, type FROM site_types;
CREATE VIEW v1_fields AS
  SELECT f.type AS type, f.offset AS offset, f.path AS field, f.field_type AS field_type,
    f.field_offset AS field_offset, t.name AS kind
  FROM fields f JOIN terms t ON t.kind = 'pointer' AND t.id = f.kind;
CREATE VIEW v1_variables AS SELECT process, address, name, path, type, offset FROM variables;
)sql";

}  // namespace track::capture::schema

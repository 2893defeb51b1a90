// The data of the page: its types, and how it is read. The shape is described in DATA.md.

export type Kind =
  | "lost" | "cycle" | "possibly_lost" | "cache" | "growth" | "overdue" | "mismatch" | "survivor";
export type Outcome =
  | "clean" | "found" | "pass" | "fail" | "incomplete" | "none" | "same" | "differs";

export interface Sum {
  blocks: number;
  bytes: number;
}

export interface Frame {
  function: string;
  file: string;
  line: number; // 0: unknown
  module: string;
  inlined: boolean;
  unloaded: boolean;
  ofUsers: boolean;
}

export interface Member {
  type: string | null;
  count: number;
  bytes: number;
}

export interface Edge {
  from: number;
  to: number;
  field: string | null;
  offset: number;
  kind: "strong" | "raw" | "unknown";
}

export interface Cycle {
  members: Member[];
  edges: Edge[];
  count: number;
  proven: boolean;
  unexplained: number | null;
  weaken: { member: number; type: string | null; field: string | null; why: string }[];
}

export interface Cache {
  container: string | null;
  owner: string | null;
  entries: number | null;
  inserted: number | null;
  evicted: number | null;
  retained_bytes: number;
  oldest_ms: number | null;
  median_age_ms: number | null;
  hits: number | null;
  misses: number | null;
  value_type: string | null;
  probe: string | null;
  never_hit: number | null;
}

export interface Growth {
  entries_per_s: number | null;
  bytes_per_s: number | null;
  verdict: "growing" | "not_growing" | "undecided";
  confidence: number | null;
  why: string;
  series: [number, number, number][]; // ms, entries, bytes
}

export interface Step {
  kind: "global" | "stack" | "tls" | "register" | "heap";
  name?: string | null;
  module?: string | null;
  type?: string | null;
  allocated_in?: string | null;
  field: string | null;
  offset: number | null;
}

// A finding as the contract's JSON has it, its stacks by numbers of frames.
export interface Finding {
  kind: Kind;
  fingerprint: string;
  weak: boolean;
  processes: number[];
  still: number | null;
  title: string;
  test: string | null;
  label: string | null;
  tag: string | null;
  type: string | null;
  blocks: number;
  bytes: number;
  retained_blocks: number | null;
  retained_bytes: number | null;
  age_ms: { min: number | null; median: number | null; max: number | null } | null;
  overdue_ms: number | null;
  suppressed: boolean;
  allocated_by: string | null;
  unloaded_module: string | null;
  owner: "runtime" | "program";
  proven: boolean;
  stack: number[];
  stacks: { role: string; frames: number[] }[];
  mismatch: { class: string; released_by: string; certain: boolean } | null;
  cycle: Cycle | null;
  cache: Cache | null;
  growth: Growth | null;
  path: Step[] | null;
  state?: string;
  baseline?: { min: number; max: number } | null;
  remedy: string | null;
  place: string | null;
  counts: boolean;
  location: { file: string | null; line: number | null } | null;
}

export interface Process {
  process: number;
  parent: number | null;
  pid: number;
  capture: string | null;
  program: string | null;
  command: string[];
  duration_ms: number | null;
  exit: { kind: string; code: number | null; signal: number | null; oom_killed: boolean | null };
  quality: {
    state: "complete" | "incomplete";
    reasons: { code: string; detail: string }[];
    events_lost: number;
    stacks_truncated: number;
    frames_unresolved: number;
    modules_without_symbols: string[];
  };
  totals: {
    allocations: number;
    frees: number;
    bytes_allocated: number;
    peak_bytes: number;
    temporary: number;
    live_blocks: number;
    live_bytes: number;
  };
  heap: Record<
    "definitely_lost" | "indirectly_lost" | "possibly_lost" | "still_reachable" | "suppressed",
    Sum
  > | null;
}

export interface Still {
  still: number;
  process: number;
  trigger: string;
  at_ms: number | null;
  pause_ms: number;
  blocks: number;
  bytes: number;
}

export interface Use {
  name: string;
  file: string | null;
  line: number;
  owner: string | null;
  until: string | null;
  findings: number;
}

export interface Report {
  tool: string;
  truncated: boolean;
  growing: boolean;
  verdict?: "pass" | "fail" | "incomplete";
  rule?: string;
  faults?: string[];
  gaps?: string[];
  remarks?: string[];
  processes: Process[];
  stills: Still[];
  findings: Finding[];
  left_out: Record<"beyond_limit" | "runtime" | "survivors", Sum & { findings: number }>;
  suppressions: { used: Use[]; unused: Use[]; expired: Use[] };
}

export interface Timeline {
  process: number;
  capture: string | null;
  program: string | null;
  pid: number;
  peak_bytes: number;
  at_ms: number[];
  live_blocks: number[];
  live_bytes: number[];
}

export interface CallTree {
  parent: number[];
  function: number[];
  module: number[];
  values: number[][]; // by figure: live, peak, allocations, temporary
  left_out: number;
}

export interface Source {
  file: string;
  line: number;
  first_line: number;
  lines: string[];
}

export interface PageData {
  name: string | null;
  capture: string | null; // that commands may be asked about
  outcome: Outcome;
  headline: string;
  main: number[];
  report: Report;
  others: {
    kind: Kind[];
    fingerprint: string[];
    title: number[];
    place: number[];
    blocks: number[];
    bytes: number[];
  };
  not_listed: Sum & { findings: number };
  charts: { timelines: Timeline[]; timelines_left_out: number; trees: CallTree[] };
  sources: Source[];
  frames: [number, number, number, number, number][];
  texts: string[];
}

const inlined = 1;
const unloaded = 2;
const ofUsers = 4;

export function frameOf(data: PageData, number: number): Frame {
  const [name, file, line, module, flags] = data.frames[number]!;
  return {
    function: data.texts[name]!,
    file: data.texts[file]!,
    line,
    module: data.texts[module]!,
    inlined: (flags & inlined) !== 0,
    unloaded: (flags & unloaded) !== 0,
    ofUsers: (flags & ofUsers) !== 0,
  };
}

// Decodes what render_html() put into the page. Throws what is wrong with it, as a sentence.
export async function readData(text: string): Promise<PageData> {
  if (typeof DecompressionStream === "undefined") {
    throw new Error("this browser is too old for this report; one from 2023 or later reads it");
  }
  const packed = Uint8Array.from(atob(text.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text()) as PageData;
}

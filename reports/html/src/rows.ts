// Findings as lines of a table: which there are, which are asked for, in which order.
import type { Kind, PageData } from "./data";
import { frameOf } from "./data";

export interface Row {
  finding: number | null; // its index; null: it has no details
  kind: Kind;
  fingerprint: string;
  title: string;
  place: string;
  state: string;
  blocks: number;
  bytes: number;
  retained: number | null;
  suppressed: boolean;
}

export type Column = "kind" | "title" | "blocks" | "bytes" | "retained";

export interface Order {
  by: Column;
  descending: boolean;
}

export function rowsOf(data: PageData): Row[] {
  const rows: Row[] = data.report.findings.map((finding, i) => ({
    finding: i,
    kind: finding.kind,
    fingerprint: finding.fingerprint,
    title: finding.title,
    place: finding.place ?? "",
    state: finding.state ?? "",
    blocks: finding.blocks,
    bytes: finding.bytes,
    retained: finding.retained_bytes,
    suppressed: finding.suppressed,
  }));
  const { others, texts } = data;
  for (let i = 0; i < others.kind.length; ++i) {
    rows.push({
      finding: null,
      kind: others.kind[i]!,
      fingerprint: others.fingerprint[i]!,
      title: texts[others.title[i]!]!,
      place: texts[others.place[i]!]!,
      state: "",
      blocks: others.blocks[i]!,
      bytes: others.bytes[i]!,
      retained: null,
      suppressed: false,
    });
  }
  return rows;
}

// What a search looks at: the line, the type, the test, the functions of the stack.
export class Haystacks {
  private readonly texts = new Map<Row, string>();

  constructor(private readonly data: PageData) {}

  of(row: Row): string {
    let text = this.texts.get(row);
    if (text === undefined) {
      const parts = [row.title, row.place, row.fingerprint, row.kind, row.state];
      if (row.finding !== null) {
        const finding = this.data.report.findings[row.finding]!;
        parts.push(finding.type ?? "", finding.test ?? "", finding.label ?? "", finding.tag ?? "");
        for (const number of finding.stack) {
          const frame = frameOf(this.data, number);
          parts.push(frame.function, frame.file);
        }
      }
      text = parts.join("\n").toLowerCase();
      this.texts.set(row, text);
    }
    return text;
  }
}

export interface Wanted {
  words: string; // all of them must occur
  kinds: ReadonlySet<Kind>; // empty: all
  suppressed: boolean;
}

export function chosen(rows: Row[], wanted: Wanted, haystacks: Haystacks): Row[] {
  const words = wanted.words.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter(
    (row) =>
      (wanted.kinds.size === 0 || wanted.kinds.has(row.kind)) &&
      (wanted.suppressed || !row.suppressed) &&
      words.every((word) => haystacks.of(row).includes(word)),
  );
}

export function sorted(rows: Row[], order: Order): Row[] {
  const sign = order.descending ? -1 : 1;
  const value = (row: Row) => row[order.by] ?? -1;
  return rows.toSorted((a, b) => {
    const [one, other] = [value(a), value(b)];
    return one === other ? 0 : sign * (one < other ? -1 : 1);
  });
}

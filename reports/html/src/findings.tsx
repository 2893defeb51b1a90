// The list of findings: searched, filtered, sorted; only the lines in view are drawn.
import {
  Virtualizer,
  elementScroll,
  observeElementOffset,
  observeElementRect,
} from "@tanstack/virtual-core";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import type { Kind, PageData } from "./data";
import { bytesText, countText, kindText, known, plural } from "./format";
import { openFinding } from "./route";
import { Haystacks, chosen, rowsOf, sorted, type Column, type Order, type Row } from "./rows";

const rowHeight = 46;

const columns: { by: Column; name: string; isNumber: boolean }[] = [
  { by: "kind", name: "Kind", isNumber: false },
  { by: "title", name: "Finding", isNumber: false },
  { by: "blocks", name: "Blocks", isNumber: true },
  { by: "bytes", name: "Bytes", isNumber: true },
  { by: "retained", name: "Retained", isNumber: true },
];

function useVirtualRows(count: number) {
  const scroller = useRef<HTMLDivElement>(null);
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => redraw(undefined),
  };
  const [virtual] = useState(() => new Virtualizer<HTMLDivElement, HTMLDivElement>(options));
  virtual.setOptions(options);
  useLayoutEffect(() => virtual._didMount(), [virtual]);
  useLayoutEffect(() => virtual._willUpdate());
  return { scroller, virtual };
}

function Line({ row }: { row: Row }) {
  return (
    <>
      <span role="gridcell">
        <span class={`kind ${row.kind}`}>{kindText(row.kind)}</span>
        {row.state && <span class="state">{row.state}</span>}
      </span>
      <span role="gridcell" class="what">
        <span class="title">{row.title}</span>
        <span class="place">{row.place}</span>
      </span>
      <span role="gridcell" class="number">
        {countText(row.blocks)}
      </span>
      <span role="gridcell" class="number">
        {bytesText(row.bytes)}
      </span>
      <span role="gridcell" class="number">
        {known(row.retained, bytesText)}
      </span>
    </>
  );
}

function Header({ order, setOrder }: { order: Order | null; setOrder: (order: Order) => void }) {
  return (
    <div role="row" class="line head">
      {columns.map(({ by, name, isNumber }) => {
        const isSorted = order?.by === by;
        return (
          <span
            key={by}
            role="columnheader"
            class={isNumber ? "number" : undefined}
            aria-sort={!isSorted ? "none" : order.descending ? "descending" : "ascending"}
          >
            <button
              type="button"
              onClick={() =>
                setOrder({ by, descending: isSorted ? !order.descending : isNumber })
              }
            >
              {name}
              {isSorted ? (order.descending ? " ↓" : " ↑") : ""}
            </button>
          </span>
        );
      })}
    </div>
  );
}

function Filters(props: {
  kinds: Map<Kind, number>;
  shown: ReadonlySet<Kind>;
  setShown: (kinds: ReadonlySet<Kind>) => void;
  suppressed: number;
  showsSuppressed: boolean;
  setShowsSuppressed: (value: boolean) => void;
}) {
  const toggle = (kind: Kind) => {
    const next = new Set(props.shown);
    if (!next.delete(kind)) {
      next.add(kind);
    }
    props.setShown(next);
  };
  return (
    <div class="filters" role="group" aria-label="Kinds">
      {[...props.kinds].map(([kind, count]) => (
        <button
          key={kind}
          type="button"
          class={`kind ${kind}`}
          aria-pressed={props.shown.has(kind)}
          onClick={() => toggle(kind)}
        >
          {kindText(kind)} {countText(count)}
        </button>
      ))}
      {props.suppressed > 0 && (
        <label>
          <input
            type="checkbox"
            checked={props.showsSuppressed}
            onChange={(event) => props.setShowsSuppressed(event.currentTarget.checked)}
          />
          {countText(props.suppressed)} suppressed
        </label>
      )}
    </div>
  );
}

function LeftOut({ data }: { data: PageData }) {
  const { left_out } = data.report;
  const lines = [
    [left_out.beyond_limit, "left out by --limit"],
    [left_out.survivors, "alive at the end, lost or not, by site (--show-reachable lists them)"],
    [left_out.runtime, "of the C and C++ runtimes (--show-reachable lists them)"],
    [data.not_listed, "beyond what this page lists"],
  ] as const;
  const bare = data.others.kind.length;
  return (
    <>
      {bare > 0 && (
        <p class="note">
          Less detail: {plural(bare, "finding")}, the last in the report's order, are listed without
          stacks.
        </p>
      )}
      {lines.map(([sum, what]) =>
        sum.findings === 0 ? null : (
          <p class="note" key={what}>
            Not listed: {countText(sum.findings)} {what}: {bytesText(sum.bytes)} in{" "}
            {plural(sum.blocks, "block")}.
          </p>
        ),
      )}
    </>
  );
}

export function Findings({ data, open }: { data: PageData; open: number | null }) {
  const all = useMemo(() => rowsOf(data), [data]);
  const haystacks = useMemo(() => new Haystacks(data), [data]);
  const [words, setWords] = useState("");
  const [shown, setShown] = useState<ReadonlySet<Kind>>(new Set());
  const [showsSuppressed, setShowsSuppressed] = useState(false);
  const [order, setOrder] = useState<Order | null>(null);
  const [active, setActive] = useState(0);

  const rows = useMemo(() => {
    const wanted = { words, kinds: shown, suppressed: showsSuppressed };
    const found = chosen(all, wanted, haystacks);
    return order === null ? found : sorted(found, order);
  }, [all, haystacks, words, shown, showsSuppressed, order]);
  const kinds = useMemo(() => {
    const sums = new Map<Kind, number>();
    for (const row of all) {
      const counts = showsSuppressed || !row.suppressed;
      sums.set(row.kind, (sums.get(row.kind) ?? 0) + (counts ? 1 : 0));
    }
    return sums;
  }, [all, showsSuppressed]);
  const suppressed = useMemo(() => all.filter((row) => row.suppressed).length, [all]);

  const { scroller, virtual } = useVirtualRows(rows.length);
  useEffect(() => setActive(0), [rows]);
  useEffect(() => {
    const at = open === null ? -1 : rows.findIndex((row) => row.finding === open);
    if (at >= 0) {
      setActive(at);
      virtual.scrollToIndex(at);
    }
  }, [open]);

  const move = (to: number) => {
    const at = Math.max(0, Math.min(rows.length - 1, to));
    setActive(at);
    virtual.scrollToIndex(at);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) {
      return; // the buttons of the header have keys of their own
    }
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = steps[event.key];
    const row = rows[active];
    if (to !== undefined) {
      move(to);
      event.preventDefault();
    } else if (event.key === "Enter" && row && row.finding !== null) {
      openFinding(data, row.finding);
      event.preventDefault();
    }
  };

  return (
    <section id="findings" aria-labelledby="findings-heading">
      <h2 id="findings-heading">Findings</h2>
      <div class="tools">
        <input
          id="search"
          type="search"
          placeholder="Search titles, files, functions, types, fingerprints  ( / )"
          aria-label="Search the findings"
          value={words}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
        <output>{`${countText(rows.length)} of ${plural(all.length, "finding")}`}</output>
      </div>
      <Filters
        kinds={kinds}
        shown={shown}
        setShown={setShown}
        suppressed={suppressed}
        showsSuppressed={showsSuppressed}
        setShowsSuppressed={setShowsSuppressed}
      />
      {all.length > 0 && (
        <div
          class="table"
          role="grid"
          aria-label="Findings"
          aria-rowcount={rows.length + 1}
          aria-activedescendant={rows.length > 0 ? `row-${active}` : undefined}
          tabIndex={0}
          onKeyDown={onKey}
        >
          <Header order={order} setOrder={setOrder} />
          <div class="rows" role="presentation" ref={scroller}>
            <div
              role="presentation"
              class="all-rows"
              style={{ height: `${virtual.getTotalSize()}px` }}
            >
              {virtual.getVirtualItems().map(({ index, start }) => {
                const row = rows[index]!;
                return (
                  <div
                    key={index}
                    id={`row-${index}`}
                    role="row"
                    aria-rowindex={index + 2}
                    aria-selected={row.finding !== null && row.finding === open}
                    class={
                      `line${index === active ? " active" : ""}` +
                      `${row.suppressed ? " suppressed" : ""}${row.finding === null ? " bare" : ""}`
                    }
                    style={{ transform: `translateY(${start}px)` }}
                    onClick={() => {
                      setActive(index);
                      if (row.finding !== null) {
                        openFinding(data, row.finding);
                      }
                    }}
                  >
                    <Line row={row} />
                  </div>
                );
              })}
            </div>
          </div>
        </div>
      )}
      <LeftOut data={data} />
    </section>
  );
}

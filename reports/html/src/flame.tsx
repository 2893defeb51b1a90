// Where memory comes from, as a flame graph: the widest frames hold the most.
import flamegraph, { type FlameGraph, type FlameNode } from "d3-flame-graph";
import { select } from "d3-selection";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { PageData } from "./data";
import { bytesText, countText, plural } from "./format";
import { figures, treeOf, type Figure } from "./flame_tree";
import type { Theme } from "./theme";

// The same module has the same colour; what a search found stands out.
function colorOf(node: FlameNode, theme: Theme): string {
  if (node.highlight) {
    return theme === "dark" ? "#d9488b" : "#f06aa7";
  }
  let sum = 7;
  for (const c of node.data.module || node.data.name) {
    sum = (sum * 31 + c.codePointAt(0)!) % 360;
  }
  const shade = node.data.name.length % 5;
  return theme === "dark"
    ? `hsl(${sum}, 38%, ${30 + shade * 2}%)`
    : `hsl(${sum}, 62%, ${72 + shade * 2}%)`;
}

// From a frame to its caller, the largest it calls, or those beside it.
function beside(node: FlameNode, key: string): FlameNode | null | undefined {
  const row = node.parent?.children?.filter((each) => !each.data.hide) ?? [];
  switch (key) {
    case "ArrowUp":
      return node.parent;
    case "ArrowDown":
      return node.children?.[0];
    case "ArrowLeft":
      return row[row.indexOf(node) - 1];
    case "ArrowRight":
      return row[row.indexOf(node) + 1];
    default:
      return undefined;
  }
}

export function Flame({ data, theme }: { data: PageData; theme: Theme }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<FlameGraph | null>(null);
  const at = useRef<FlameNode | null>(null);
  const [details, setDetails] = useState("");
  const [found, setFound] = useState("");
  const [words, setWords] = useState("");
  const offered = figures.filter(
    ({ key }) => key === "found" ? data.report.findings.length > 0 : data.charts.trees.length > 0,
  );
  const [figure, setFigure] = useState<Figure>(offered[0]?.key ?? "found");
  const tree = useMemo(() => treeOf(data, figure), [data, figure]);
  const leftOut = data.charts.trees.reduce((sum, each) => sum + each.left_out, 0);
  const text = figures.find(({ key }) => key === figure)?.unit === "count" ? countText : bytesText;

  const describe = (node: FlameNode) => {
    const share = tree.value === 0 ? 0 : (100 * node.data.value) / tree.value;
    const module = node.data.module ? ` in ${node.data.module}` : "";
    return `${node.data.name}${module}: ${text(node.data.value)}, ${share.toFixed(1)} %`;
  };
  const point = (node: FlameNode) => {
    at.current = node;
    setDetails(describe(node));
    place.current?.querySelectorAll("g.frame").forEach((each) => {
      const datum = (each as unknown as { __data__: FlameNode }).__data__;
      each.classList.toggle("at", datum === node);
    });
  };

  useEffect(() => {
    const element = place.current;
    if (!element || tree.value === 0) {
      return;
    }
    const widthNow = () => Math.max(320, element.clientWidth);
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const made = flamegraph()
      .width(widthNow())
      .cellHeight(19)
      .transitionDuration(isStill ? 0 : 200)
      .minFrameSize(1.5)
      .inverted(true)
      .setLabelHandler(describe)
      .setDetailsHandler((line) => setDetails(line ?? ""))
      .setColorMapper((node) => colorOf(node, theme))
      .setSearchMatch((node, term) => node.data.name.toLowerCase().includes(term))
      .setSearchHandler((nodes, sum, total) => {
        const share = total === 0 ? 0 : (100 * sum) / total;
        setFound(`${plural(nodes.length, "frame")}, ${text(sum)}, ${share.toFixed(1)} %`);
      })
      .onClick(point);
    select(element).datum(tree).call(made);
    chart.current = made;
    const observer = new ResizeObserver(() => made.width(widthNow()).update());
    observer.observe(element);
    return () => {
      observer.disconnect();
      // It keeps its place's nodes as its own; the next one must find none.
      element.replaceChildren();
      chart.current = null;
      at.current = null;
      setWords("");
      setFound("");
      setDetails("");
    };
  }, [tree]);
  useEffect(() => {
    chart.current?.setColorMapper((node) => colorOf(node, theme)).update();
  }, [theme]);

  const search = (term: string) => {
    setWords(term);
    if (term.trim() === "") {
      chart.current?.clear();
      setFound("");
    } else {
      chart.current?.search(term.trim().toLowerCase());
    }
  };
  const onKey = (event: KeyboardEvent) => {
    const now = at.current ?? chart.current?.findById(0) ?? null;
    if (now === null) {
      return;
    }
    const next = beside(now, event.key);
    if (next) {
      point(next);
      event.preventDefault();
    } else if (event.key === "Enter") {
      chart.current?.zoomTo(now);
      point(now);
      event.preventDefault();
    } else if (event.key === "Escape") {
      chart.current?.resetZoom();
      event.preventDefault();
    }
  };

  return (
    <section id="flame" aria-labelledby="flame-heading">
      <h2 id="flame-heading">Where memory comes from</h2>
      {offered.length === 0 ? (
        <p class="note">Nothing was allocated in what was recorded.</p>
      ) : (
        <>
          <div class="tools">
            <label>
              Width{" "}
              <select
                id="figure"
                value={figure}
                onChange={(event) => setFigure(event.currentTarget.value as Figure)}
              >
                {offered.map(({ key, name }) => (
                  <option key={key} value={key}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
            <input
              id="flame-search"
              type="search"
              placeholder="Search functions"
              aria-label="Search the flame graph"
              value={words}
              onInput={(event) => search(event.currentTarget.value)}
            />
            <output id="flame-found">{found}</output>
            <button type="button" id="flame-reset" onClick={() => chart.current?.resetZoom()}>
              Show all
            </button>
          </div>
          <div
            class="flame"
            ref={place}
            tabIndex={0}
            role="application"
            aria-label={`Flame graph of ${figures.find(({ key }) => key === figure)!.name}; arrows move, Enter zooms`}
            onKeyDown={onKey}
          />
          <p class="details" id="flame-details" aria-live="polite">
            {details || "Callers are above what they call. Click a frame to zoom."}
          </p>
          {tree.value === 0 && <p class="note">Nothing has any of it.</p>}
          {leftOut > 0 && figure !== "found" && (
            <p class="note">
              Less detail: {countText(leftOut)} frames with small shares are part of their callers.
            </p>
          )}
        </>
      )}
    </section>
  );
}

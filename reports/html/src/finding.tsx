// One finding in full: what, why, where from, what keeps it, what to do.
import { useEffect, useRef, useState } from "preact/hooks";
import { Boundary } from "./boundary";
import { CacheFigures, GrowthCurve } from "./caches";
import type { Cycle, Finding, PageData } from "./data";
import { FigureList, type NamedFigure } from "./figures";
import { bytesText, countText, durationText, kindText, known, plural } from "./format";
import { CycleGraph, PathGraph } from "./graph";
import { closeFinding } from "./route";
import { SourceLines, Stack } from "./stack";
import { weightText } from "./summary";
import type { Theme } from "./theme";

function ownersText(data: PageData, finding: Finding): string {
  const most = 3;
  const names = finding.processes.slice(0, most).map((number) => {
    const process = data.report.processes.find((each) => each.process === number);
    const name = process ? (process.program ?? process.command[0] ?? "").split("/").at(-1) : "";
    return `process ${number}${name ? ` (${name})` : ""}${process?.capture ? ` of ${process.capture}` : ""}`;
  });
  const more = finding.processes.length - names.length;
  return names.join(", ") + (more > 0 ? ` and ${countText(more)} more` : "");
}

function Figures({ data, finding }: { data: PageData; finding: Finding }) {
  const age = finding.age_ms;
  const figures: NamedFigure[] = [
    ["blocks", countText(finding.blocks)],
    ["bytes", bytesText(finding.bytes)],
    ["retained", known(finding.retained_bytes, bytesText)],
    ["retained blocks", known(finding.retained_blocks, countText)],
    ["age, median", known(age?.median, durationText)],
    ["oldest", known(age?.max, durationText)],
    ["of", ownersText(data, finding)],
  ];
  const texts: [string, string | null][] = [
    ["type", finding.type],
    ["label", finding.label],
    ["tag", finding.tag],
    ["test", finding.test],
    ["allocated by", finding.allocated_by],
    ["lost with", finding.unloaded_module],
    ["state", finding.state ?? null],
    [
      data.report.verdict && !isDiff(data) ? "in the baseline" : "before",
      finding.baseline ? `${countText(finding.baseline.min)} to ${plural(finding.baseline.max, "block")}` : null,
    ],
    ["overdue for", finding.overdue_ms === null ? null : durationText(finding.overdue_ms)],
  ];
  for (const [name, text] of texts) {
    if (text !== null) {
      figures.push([name, text]);
    }
  }
  return <FigureList figures={figures} />;
}

function CyclePart({ cycle }: { cycle: Cycle }) {
  return (
    <>
      <h3>{plural(cycle.count, "cycle")} of this shape</h3>
      <p>
        {cycle.proven
          ? "Proven: every owner was found inside."
          : cycle.unexplained === null
            ? "Not proven: what owns the members is not known for all of them."
            : `Not proven: ${plural(cycle.unexplained, "owner")} not found inside.`}
      </p>
      <CycleGraph cycle={cycle} />
      {cycle.weaken.map((advice, i) => (
        <p key={i} class="remedy">
          <strong>
            Make{" "}
            {advice.field === null
              ? `the pointer in ${advice.type ?? "it"}`
              : `${advice.type ? `${advice.type}::` : ""}${advice.field}`}{" "}
            weak:
          </strong>{" "}
          {advice.why}
        </p>
      ))}
    </>
  );
}

function isDiff(data: PageData): boolean {
  return data.outcome === "same" || data.outcome === "differs";
}

function Command({ text }: { text: string }) {
  const [isCopied, setIsCopied] = useState(false);
  const copy = () => {
    // Pages of a file may have no clipboard; the text can be selected anyhow.
    navigator.clipboard?.writeText(text).then(
      () => setIsCopied(true),
      () => setIsCopied(false),
    );
  };
  return (
    <p class="command">
      <code>{text}</code>{" "}
      <button type="button" onClick={copy}>
        {isCopied ? "Copied" : "Copy"}
      </button>
    </p>
  );
}

export function FindingPanel(props: { data: PageData; number: number; theme: Theme }) {
  const { data, number, theme } = props;
  const finding = data.report.findings[number]!;
  const isFixed = finding.state === "fixed";
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    heading.current?.focus();
    return () => {
      if (before instanceof HTMLElement) {
        before.focus();
      }
    };
  }, []);
  return (
    <aside class="panel" aria-labelledby="finding-title">
      <button type="button" class="close" onClick={closeFinding} aria-label="Close" title="Esc">
        ✕
      </button>
      <p>
        <span class={`kind ${finding.kind}`}>{kindText(finding.kind)}</span>{" "}
        <code class="fingerprint">{finding.fingerprint}</code>
        {finding.weak && " (some of its frames have no name)"}
        {finding.suppressed && " (suppressed)"}
        {!finding.proven && " (alive when it was killed, not a proven leak)"}
      </p>
      <h2 id="finding-title" tabIndex={-1} ref={heading}>
        {finding.title}
      </h2>
      <p class="weight">
        {weightText(finding)}
        {finding.place && <> · {finding.place}</>}
      </p>
      {finding.remedy && !isFixed && (
        <p class="remedy">
          <strong>What to do:</strong> {finding.remedy}
        </p>
      )}
      <Figures data={data} finding={finding} />
      {finding.mismatch && (
        <p>
          {finding.mismatch.class.replaceAll("_", " ")}: released by{" "}
          <code>{finding.mismatch.released_by}</code>
          {finding.mismatch.certain && ", for certain"}
        </p>
      )}
      <Boundary>{finding.cycle && <CyclePart cycle={finding.cycle} />}</Boundary>
      {finding.cache && (
        <>
          <h3>Container</h3>
          <CacheFigures cache={finding.cache} />
        </>
      )}
      {finding.growth && (
        <>
          <h3>Over time</h3>
          <GrowthCurve growth={finding.growth} theme={theme} />
        </>
      )}
      {finding.path && finding.path.length > 0 && (
        <>
          <h3>What keeps it</h3>
          <Boundary>
            <PathGraph path={finding.path} />
          </Boundary>
        </>
      )}
      <h3>Where it was allocated</h3>
      <SourceLines data={data} finding={finding} />
      <Stack data={data} frames={finding.stack} />
      {finding.stacks.map((stack, i) => (
        <div key={i}>
          <h3>{stack.role.replaceAll("_", " ")}</h3>
          <Stack data={data} frames={stack.frames} />
        </div>
      ))}
      {data.capture !== null && !isFixed && (
        <>
          <h3>Next</h3>
          {finding.still !== null && (
            <Command text={`track why ${finding.fingerprint} ${data.capture}`} />
          )}
          <Command text={`track suppress ${finding.fingerprint} ${data.capture}`} />
        </>
      )}
    </aside>
  );
}

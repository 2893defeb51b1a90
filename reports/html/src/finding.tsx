// One finding in full: what, why, where from, what keeps it, what to do.
import { useEffect, useRef, useState } from "preact/hooks";
import { CacheFigures, GrowthCurve } from "./caches";
import type { Cycle, Finding, PageData } from "./data";
import { bytesText, countText, durationText, kindText, known, plural } from "./format";
import { CycleGraph, PathGraph } from "./graph";
import { closeFinding } from "./route";
import { SourceLines, Stack } from "./stack";
import { weightText } from "./summary";
import type { Theme } from "./theme";

function Figures({ finding }: { finding: Finding }) {
  const age = finding.age_ms;
  const figures: [string, string][] = [
    ["blocks", countText(finding.blocks)],
    ["bytes", bytesText(finding.bytes)],
    ["retained", known(finding.retained_bytes, bytesText)],
    ["retained blocks", known(finding.retained_blocks, countText)],
    ["age, median", known(age?.median, durationText)],
    ["oldest", known(age?.max, durationText)],
    ["processes", countText(finding.processes.length)],
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
      "in the baseline",
      finding.baseline ? `${countText(finding.baseline.min)} to ${plural(finding.baseline.max, "block")}` : null,
    ],
    ["overdue for", finding.overdue_ms === null ? null : durationText(finding.overdue_ms)],
  ];
  for (const [name, text] of texts) {
    if (text !== null) {
      figures.push([name, text]);
    }
  }
  return (
    <dl class="figures">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
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
            Make {advice.type ? `${advice.type}::` : ""}
            {advice.field ?? "the pointer"} weak:
          </strong>{" "}
          {advice.why}
        </p>
      ))}
    </>
  );
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
      {finding.remedy && (
        <p class="remedy">
          <strong>What to do:</strong> {finding.remedy}
        </p>
      )}
      <Figures finding={finding} />
      {finding.mismatch && (
        <p>
          {finding.mismatch.class.replaceAll("_", " ")}: released by{" "}
          <code>{finding.mismatch.released_by}</code>
          {finding.mismatch.certain && ", for certain"}
        </p>
      )}
      {finding.cycle && <CyclePart cycle={finding.cycle} />}
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
          <PathGraph path={finding.path} />
        </>
      )}
      <h3>Where it was allocated</h3>
      <SourceLines data={data} frames={finding.stack} />
      <Stack data={data} frames={finding.stack} />
      {finding.stacks.map((stack, i) => (
        <div key={i}>
          <h3>{stack.role.replaceAll("_", " ")}</h3>
          <Stack data={data} frames={stack.frames} />
        </div>
      ))}
      <h3>Next</h3>
      <Command text={`track why ${finding.fingerprint}`} />
      <Command text={`track suppress ${finding.fingerprint}`} />
    </aside>
  );
}

// What the evidence is worth: of each process, and of the suppressions.
import { useMemo, useState } from "preact/hooks";
import type { PageData, Process, Use } from "./data";
import { FigureList, type NamedFigure } from "./figures";
import { bytesText, countText, durationText, kindText, plural } from "./format";

function exitText({ exit }: Process): string {
  switch (exit.kind) {
    case "exited":
      return exit.code === null ? "exited" : `exited with ${exit.code}`;
    case "signaled":
      return `killed by ${exit.signal === null ? "a signal" : `signal ${exit.signal}`}${exit.oom_killed ? " (out of memory)" : ""}`;
    case "execed":
      return "became another program (exec)";
    case "running":
      return "still running";
    default:
      return "end unknown";
  }
}

const classes = [
  "definitely_lost",
  "indirectly_lost",
  "possibly_lost",
  "still_reachable",
  "suppressed",
] as const;

function Heap({ process }: { process: Process }) {
  return process.heap === null ? (
    <p class="note">No still of its heap at the end: what is lost is not known.</p>
  ) : (
    <FigureList
      figures={classes.map((name): NamedFigure => {
        const { bytes, blocks } = process.heap![name];
        return [kindText(name), `${bytesText(bytes)} in ${plural(blocks, "block")}`];
      })}
    />
  );
}

function One({ process }: { process: Process }) {
  const { quality, totals } = process;
  const name = process.command.join(" ") || process.program || "(unknown program)";
  return (
    <article class={`card process ${quality.state}`}>
      <h3>
        process {process.process}: {name}
      </h3>
      <p>
        pid {process.pid}, {exitText(process)}
        {process.duration_ms !== null && `, ran ${durationText(process.duration_ms)}`}
        {process.capture && `, of ${process.capture}`}
      </p>
      <p>
        Evidence: <strong>{quality.state}</strong>
      </p>
      {quality.reasons.length > 0 && (
        <ul>
          {quality.reasons.map((reason, i) => (
            <li key={i}>
              <code>{reason.code}</code>: {reason.detail}
            </li>
          ))}
        </ul>
      )}
      <p>
        {plural(totals.allocations, "allocation")} of {bytesText(totals.bytes_allocated)}, peak{" "}
        {bytesText(totals.peak_bytes)}, {bytesText(totals.live_bytes)} in{" "}
        {plural(totals.live_blocks, "block")} alive at the end; {plural(quality.events_lost, "event")}{" "}
        lost, {plural(quality.stacks_truncated, "stack")} cut,{" "}
        {plural(quality.frames_unresolved, "frame")} without a name.
      </p>
      {quality.modules_without_symbols.length > 0 && (
        <p>Without symbols: {quality.modules_without_symbols.join(", ")}</p>
      )}
      <Heap process={process} />
    </article>
  );
}

function Uses({ heading, uses }: { heading: string; uses: Use[] }) {
  return uses.length === 0 ? null : (
    <>
      <h3>{heading}</h3>
      <ul>
        {uses.map((use, i) => (
          <li key={i}>
            <code>{use.name}</code> ({use.file ? `${use.file}:${use.line}` : "of the capture"}
            {use.owner && `, owner ${use.owner}`}
            {use.until && `, until ${use.until}`}), {plural(use.findings, "finding")}
          </li>
        ))}
      </ul>
    </>
  );
}

const shownAtFirst = 5;
const shownMore = 100;

export function Quality({ data }: { data: PageData }) {
  const { processes, suppressions } = data.report;
  const [shown, setShown] = useState(shownAtFirst);
  // Those that something is wrong with first.
  const ordered = useMemo(
    () =>
      processes.toSorted(
        (a, b) => Number(a.quality.state === "complete") - Number(b.quality.state === "complete"),
      ),
    [processes],
  );
  const incomplete = processes.filter((each) => each.quality.state !== "complete").length;
  return (
    <section id="quality" aria-labelledby="quality-heading">
      <h2 id="quality-heading">What the evidence is worth</h2>
      <p>
        {plural(processes.length, "process", "processes")},{" "}
        {incomplete === 0 ? "all complete" : `${countText(incomplete)} incomplete`}.
      </p>
      {ordered.slice(0, shown).map((process) => (
        <One key={process.process} process={process} />
      ))}
      {ordered.length > shown && (
        <button type="button" onClick={() => setShown(shown + shownMore)}>
          {`${countText(Math.min(shownMore, ordered.length - shown))} more of ${countText(ordered.length)} processes`}
        </button>
      )}
      <Uses heading="Suppressions that were used" uses={suppressions.used} />
      <Uses heading="Suppressions that match nothing" uses={suppressions.unused} />
      <Uses heading="Suppressions that are expired" uses={suppressions.expired} />
    </section>
  );
}

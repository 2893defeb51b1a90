// The verdict, why, and what to look at first.
import type { Finding, Outcome, PageData } from "./data";
import { FigureList, type NamedFigure } from "./figures";
import { bytesText, countText, kindText, plural } from "./format";
import { addressOf } from "./route";

const words: Record<Outcome, string> = {
  clean: "Clean",
  found: "Found",
  pass: "Pass",
  fail: "Fail",
  incomplete: "Incomplete",
  none: "Nothing",
  same: "Same",
  differs: "Differs",
};

function List({ heading, lines }: { heading: string; lines: string[] | undefined }) {
  const most = 20;
  return lines && lines.length > 0 ? (
    <>
      <h3>{heading}</h3>
      <ul>
        {lines.slice(0, most).map((line, i) => (
          <li key={i}>{line}</li>
        ))}
        {lines.length > most && <li>{countText(lines.length - most)} more</li>}
      </ul>
    </>
  ) : null;
}

export function weightText(finding: Finding): string {
  const retained = finding.retained_bytes;
  const count =
    finding.kind === "cache"
      ? plural(finding.blocks, "entry", "entries")
      : plural(finding.blocks, "block");
  return (
    `${bytesText(finding.bytes)} in ${count}` +
    (retained !== null && retained > finding.bytes ? `, keeps ${bytesText(retained)}` : "")
  );
}

function Cause({ data, number }: { data: PageData; number: number }) {
  const finding = data.report.findings[number]!;
  return (
    <li class="cause">
      <a href={addressOf(data, number)}>
        <span class={`kind ${finding.kind}`}>{kindText(finding.kind)}</span> {finding.title}
      </a>
      <p class="weight">
        {weightText(finding)}
        {finding.place && <> · {finding.place}</>}
      </p>
      {finding.remedy && (
        <p class="remedy">
          <strong>What to do:</strong> {finding.remedy}
        </p>
      )}
    </li>
  );
}

function Totals({ data }: { data: PageData }) {
  const { processes } = data.report;
  const sum = (of: (process: (typeof processes)[0]) => number) =>
    processes.reduce((total, process) => total + of(process), 0);
  const figures: NamedFigure[] = [
    ["processes", countText(processes.length)],
    ["allocations", countText(sum((each) => each.totals.allocations))],
    ["allocated", bytesText(sum((each) => each.totals.bytes_allocated))],
    [processes.length === 1 ? "peak" : "sum of their peaks", bytesText(sum((each) => each.totals.peak_bytes))],
    ["alive at the end", bytesText(sum((each) => each.totals.live_bytes))],
    ["temporary", countText(sum((each) => each.totals.temporary))],
  ];
  return <FigureList figures={figures} />;
}

export function Summary({ data }: { data: PageData }) {
  const { report } = data;
  return (
    <section id="summary" aria-labelledby="verdict">
      <div class={`verdict ${data.outcome}`}>
        <h1 id="verdict">
          <span class="word">{words[data.outcome]}</span> {data.headline}
        </h1>
        {report.rule && <p>{data.outcome === "same" || data.outcome === "differs" ? "Compared" : "Rule"}: {report.rule}</p>}
        {report.growing && <p>The run was not finished: evidence up to its last checkpoint.</p>}
      </div>
      {data.main.length > 0 && (
        <>
          <h2>{data.main.length === 1 ? "The cause" : `The ${data.main.length} main causes`}</h2>
          <ol class="causes">
            {data.main.map((number) => (
              <Cause key={number} data={data} number={number} />
            ))}
          </ol>
        </>
      )}
      <List heading="Why the verdict is no" lines={report.faults} />
      <List heading="Missing evidence" lines={report.gaps} />
      <List heading="Remarks" lines={report.remarks} />
      <Totals data={data} />
    </section>
  );
}

// Memory of each process over time, with its peak and its stills.
import { useState } from "preact/hooks";
import type { PageData, Timeline } from "./data";
import { bytesText, countText } from "./format";
import { Plot, type Mark } from "./plot";
import type { Theme } from "./theme";

function nameOf(line: Timeline): string {
  return `${line.program ?? "(unknown program)"}, pid ${line.pid}${line.capture ? `, of ${line.capture}` : ""}`;
}

// Only a report of one capture tells whose stills they are.
function stillsOf(data: PageData, line: Timeline): Mark[] {
  return data.report.stills
    .filter((still) => line.capture === null && still.process === line.process)
    .flatMap((still) =>
      still.at_ms === null ? [] : [{ at_ms: still.at_ms, text: `@${still.still} ${still.trigger}` }],
    );
}

export function Timelines({ data, theme }: { data: PageData; theme: Theme }) {
  const { timelines } = data.charts;
  const [number, setNumber] = useState(0);
  const line = timelines[number];
  return (
    <section id="time" aria-labelledby="time-heading">
      <h2 id="time-heading">Memory over time</h2>
      {!line ? (
        <p class="note">
          No process was looked at twice: either it was over too soon, or no track ran beside it.
        </p>
      ) : (
        <>
          {timelines.length > 1 && (
            <label>
              Process{" "}
              <select
                value={number}
                onChange={(event) => setNumber(Number(event.currentTarget.value))}
              >
                {timelines.map((each, i) => (
                  <option key={i} value={i}>
                    {nameOf(each)}
                  </option>
                ))}
              </select>
            </label>
          )}
          <Plot
            at_ms={line.at_ms}
            values={line.live_bytes}
            unit="bytes"
            height={300}
            theme={theme}
            name={timelines.length > 1 ? "live bytes" : `live bytes of ${nameOf(line)}`}
            level={{ value: line.peak_bytes, text: `peak ${bytesText(line.peak_bytes)}` }}
            marks={stillsOf(data, line)}
          />
          <p class="note">
            {countText(line.at_ms.length)} points; the peak may lie between two. Drag to zoom,
            double click to see all.
            {data.charts.timelines_left_out > 0 &&
              ` ${countText(data.charts.timelines_left_out)} processes with smaller peaks are not here.`}
          </p>
        </>
      )}
    </section>
  );
}

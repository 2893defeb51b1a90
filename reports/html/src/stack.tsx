// A stack: the frames that people wrote, and all of them on request.
import { useState } from "preact/hooks";
import { frameOf, type Finding, type Frame, type PageData } from "./data";
import { plural } from "./format";

function placeOf(frame: Frame): string {
  return frame.file === ""
    ? frame.module
    : `${frame.file}${frame.line === 0 ? "" : `:${frame.line}`}`;
}

export function Stack({ data, frames }: { data: PageData; frames: number[] }) {
  const [isWhole, setIsWhole] = useState(false);
  if (frames.length === 0) {
    return <p class="note">The stack is not known.</p>;
  }
  const all = frames.map((number) => frameOf(data, number));
  const ofUsers = all.filter((frame) => frame.ofUsers);
  const shown = isWhole || ofUsers.length === 0 ? all : ofUsers;
  return (
    <>
      <ol class="stack">
        {shown.map((frame, i) => (
          <li key={i} class={frame.ofUsers ? undefined : "library"}>
            <span class="function">{frame.function}</span>
            <span class="place">
              {placeOf(frame)}
              {frame.inlined && " (inlined)"}
              {frame.unloaded && " (unloaded)"}
            </span>
          </li>
        ))}
      </ol>
      {all.length > ofUsers.length && ofUsers.length > 0 && (
        <button type="button" onClick={() => setIsWhole(!isWhole)}>
          {isWhole
            ? "Only the program's own frames"
            : `All ${all.length} frames, with ${plural(all.length - ofUsers.length, "frame")} of libraries`}
        </button>
      )}
    </>
  );
}

export function SourceLines({ data, finding }: { data: PageData; finding: Finding }) {
  const source = data.sources.find(
    ({ file, line }) => finding.location?.file === file && finding.location.line === line,
  );
  if (!source) {
    return null;
  }
  return (
    <figure class="source">
      <figcaption>
        {source.file}:{source.line}
      </figcaption>
      <pre tabIndex={0}>
        {source.lines.map((line, i) => {
          const number = source.first_line + i;
          return (
            <span key={i} class={number === source.line ? "here" : undefined}>
              <b>{String(number).padStart(5)}</b> {line}
              {"\n"}
            </span>
          );
        })}
      </pre>
    </figure>
  );
}

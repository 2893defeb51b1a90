// The page as a whole: its parts from top to bottom, its keys, its two themes.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Boundary } from "./boundary";
import { Caches, growing } from "./caches";
import type { PageData } from "./data";
import { FindingPanel } from "./finding";
import { Findings } from "./findings";
import { Flame } from "./flame";
import { Glossary } from "./glossary";
import { Quality } from "./quality";
import { closeFinding, useRoute } from "./route";
import { Summary } from "./summary";
import { useTheme } from "./theme";
import { Timelines } from "./timeline";

const sections: [id: string, name: string, key: string][] = [
  ["summary", "Summary", "1"],
  ["findings", "Findings", "2"],
  ["flame", "Flame graph", "3"],
  ["time", "Over time", "4"],
  ["caches", "Caches and growth", "5"],
  ["quality", "Evidence", "6"],
  ["glossary", "Glossary", "7"],
];

function isTyping(event: KeyboardEvent): boolean {
  const at = event.target;
  return (
    at instanceof HTMLInputElement ||
    at instanceof HTMLSelectElement ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey
  );
}

function Keys({ close }: { close: () => void }) {
  const keys: [string, string][] = [
    ["1 – 7", "go to a section"],
    ["/", "search the findings"],
    ["↑ ↓ Home End", "move in the list of findings, or in the flame graph"],
    ["← →", "beside, in the flame graph"],
    ["Enter", "open a finding, zoom into a frame"],
    ["Esc", "close a finding, zoom out"],
    ["d", "dark or light"],
    ["?", "this list"],
  ];
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  return (
    <div class="keys" role="dialog" aria-label="Keys">
      <h2>Keys</h2>
      <dl>
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" ref={button} onClick={close}>
        Close
      </button>
    </div>
  );
}

export function App({ data }: { data: PageData }) {
  const route = useRoute(data);
  const [theme, toggleTheme] = useTheme();
  const [showsKeys, setShowsKeys] = useState(false);

  useEffect(() => {
    document.getElementById(route.section)?.scrollIntoView();
  }, [route.section]);

  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented) {
        if (showsKeys) {
          setShowsKeys(false);
        } else if (route.finding !== null) {
          closeFinding();
        }
        return;
      }
      if (isTyping(event)) {
        return;
      }
      const section = sections.find(([, , key]) => key === event.key);
      if (section) {
        location.hash = `#${section[0]}`;
        document.getElementById(section[0])?.scrollIntoView();
      } else if (event.key === "/") {
        document.getElementById("search")?.focus();
        event.preventDefault();
      } else if (event.key === "d") {
        toggleTheme();
      } else if (event.key === "?") {
        setShowsKeys(!showsKeys);
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });

  const empty: Record<string, boolean> = {
    time: data.charts.timelines.length === 0,
    caches: growing(data).length === 0,
  };
  return (
    <>
      <header class="bar">
        <strong>libtrack</strong>
        <span class="name">{data.name}</span>
        <nav aria-label="Sections">
          {sections.map(([id, name]) => (
            <a key={id} href={`#${id}`} class={empty[id] ? "empty" : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <button type="button" onClick={toggleTheme} aria-label="Dark or light" title="d">
          {theme === "dark" ? "☀" : "☾"}
        </button>
        <button type="button" onClick={() => setShowsKeys(!showsKeys)} aria-label="Keys" title="?">
          ?
        </button>
      </header>
      <main>
        <Boundary>
          <Summary data={data} />
        </Boundary>
        {route.isMissing && (
          <p class="note" role="alert">
            The finding that this address is about is not in this report: it may be fixed, or
            suppressed.
          </p>
        )}
        <Boundary>
          <Findings data={data} open={route.finding} />
        </Boundary>
        <Boundary>
          <Flame data={data} theme={theme} />
        </Boundary>
        <Boundary>
          <Timelines data={data} theme={theme} />
        </Boundary>
        <Boundary>
          <Caches data={data} theme={theme} />
        </Boundary>
        <Boundary>
          <Quality data={data} />
        </Boundary>
        <Glossary />
      </main>
      {route.finding !== null && (
        <FindingPanel data={data} number={route.finding} theme={theme} key={route.finding} />
      )}
      {showsKeys && <Keys close={() => setShowsKeys(false)} />}
      <footer>libtrack {data.report.tool}</footer>
    </>
  );
}

// Containers that only take in, and sites that grow: figures and curves.
import { useMemo } from "preact/hooks";
import type { Cache, Finding, Growth, PageData } from "./data";
import { FigureList, type NamedFigure } from "./figures";
import { bytesText, countText, durationText, kindText, known } from "./format";
import { Plot } from "./plot";
import { addressOf } from "./route";
import type { Theme } from "./theme";

export function growing(data: PageData): number[] {
  return data.report.findings.flatMap((finding, i) =>
    finding.kind === "cache" || finding.kind === "growth" ? [i] : [],
  );
}

export function CacheFigures({ cache }: { cache: Cache }) {
  const figures: NamedFigure[] = [
    ["container", known(cache.container, String)],
    ["owner", known(cache.owner, String)],
    ["entries", known(cache.entries, countText)],
    ["taken in", known(cache.inserted, countText)],
    ["evicted", known(cache.evicted, countText)],
    ["retained", bytesText(cache.retained_bytes)],
    ["oldest", known(cache.oldest_ms, durationText)],
    ["median age", known(cache.median_age_ms, durationText)],
    ["hits", known(cache.hits, countText)],
    ["misses", known(cache.misses, countText)],
    ["never hit", known(cache.never_hit, countText)],
  ];
  return <FigureList figures={figures} />;
}

export function GrowthCurve({ growth, theme }: { growth: Growth; theme: Theme }) {
  const curves = useMemo(
    () => ({
      at_ms: growth.series.map(([at]) => at),
      entries: growth.series.map(([, entries]) => entries),
      bytes: growth.series.map(([, , bytes]) => bytes),
    }),
    [growth],
  );
  return (
    <>
      <p>
        <strong>{kindText(growth.verdict)}</strong>
        {growth.confidence !== null && `, confidence ${growth.confidence.toFixed(2)}`}
        {growth.bytes_per_s !== null && `, ${bytesText(growth.bytes_per_s)} a second`}
        {growth.entries_per_s !== null && `, ${growth.entries_per_s.toPrecision(3)} entries a second`}
        {growth.why && `: ${growth.why}`}
      </p>
      {growth.series.length > 1 && (
        <Plot
          at_ms={curves.at_ms}
          values={curves.entries}
          unit="count"
          height={180}
          theme={theme}
          name="entries"
        />
      )}
    </>
  );
}

function Card({ data, number, theme }: { data: PageData; number: number; theme: Theme }) {
  const finding: Finding = data.report.findings[number]!;
  return (
    <article class="card">
      <h3>
        <a href={addressOf(data, number)}>
          <span class={`kind ${finding.kind}`}>{finding.kind}</span> {finding.title}
        </a>
      </h3>
      {finding.cache && <CacheFigures cache={finding.cache} />}
      {finding.growth && <GrowthCurve growth={finding.growth} theme={theme} />}
    </article>
  );
}

const mostCards = 12;

export function Caches({ data, theme }: { data: PageData; theme: Theme }) {
  const numbers = useMemo(() => growing(data), [data]);
  return (
    <section id="caches" aria-labelledby="caches-heading">
      <h2 id="caches-heading">Caches and growth</h2>
      {numbers.length === 0 && (
        <p class="note">No container that only takes in and no growing site is in this report.</p>
      )}
      {numbers.slice(0, mostCards).map((number) => (
        <Card key={number} data={data} number={number} theme={theme} />
      ))}
      {numbers.length > mostCards && (
        <p class="note">
          {countText(numbers.length - mostCards)} more are in the list of findings.
        </p>
      )}
    </section>
  );
}

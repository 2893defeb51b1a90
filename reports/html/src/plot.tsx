// A line over time, by uPlot.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { bytesText, countText, durationText } from "./format";
import { colorOf, type Theme } from "./theme";

export interface Mark {
  at_ms: number;
  text: string;
}

export interface PlotProps {
  at_ms: number[];
  values: number[];
  unit: "bytes" | "count";
  height: number;
  theme: Theme;
  name: string;
  level?: { value: number; text: string }; // a line across
  marks?: Mark[];
}

// Vertical lines with a number each, and one across.
function drawMarks(plot: uPlot, props: PlotProps): void {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.setLineDash([4, 4]);
  ctx.font = `${11 * devicePixelRatio}px sans-serif`;
  ctx.strokeStyle = ctx.fillStyle = colorOf("--mark");
  const line = (x0: number, y0: number, x1: number, y1: number) => {
    ctx.beginPath();
    ctx.moveTo(x0, y0);
    ctx.lineTo(x1, y1);
    ctx.stroke();
  };
  (props.marks ?? []).forEach((mark, i) => {
    const x = plot.valToPos(mark.at_ms / 1000, "x", true);
    if (x < left || x > left + width) {
      return;
    }
    line(x, top, x, top + height);
    ctx.textAlign = x > left + width * 0.8 ? "right" : "left";
    // Stills at the end are close to each other; their names stand below each other.
    const y = top + (28 + 14 * (i % 6)) * devicePixelRatio;
    ctx.fillText(mark.text, x + (ctx.textAlign === "right" ? -4 : 4), y);
  });
  if (props.level) {
    ctx.strokeStyle = ctx.fillStyle = colorOf("--bad");
    const y = plot.valToPos(props.level.value, "y", true);
    line(left, y, left + width, y);
    ctx.textAlign = "left";
    ctx.fillText(props.level.text, left + 4, y + 13 * devicePixelRatio);
  }
  ctx.restore();
}

// With as many digits as neighbours need to differ.
function tickText(seconds: number, step: number): string {
  return step >= 1 || seconds === 0
    ? durationText(seconds * 1000)
    : step < 0.01
      ? `${(seconds * 1000).toFixed(step < 0.001 ? 1 : 0)} ms`
      : `${seconds.toFixed(step < 0.1 ? 2 : 1)} s`;
}

// Powers of two from one byte on, so that ticks are round in KiB and MiB.
const byteSteps = Array.from({ length: 50 }, (_, power) => 2 ** power);

function optionsOf(props: PlotProps, width: number): uPlot.Options {
  const text = props.unit === "bytes" ? bytesText : countText;
  const axis: uPlot.Axis = {
    stroke: colorOf("--text"),
    grid: { stroke: colorOf("--line"), width: 1 },
    ticks: { stroke: colorOf("--line"), width: 1 },
  };
  const highest =
    props.values.reduce((most, value) => Math.max(most, value), props.level?.value ?? 0) * 1.08 || 1;
  return {
    width,
    height: props.height,
    scales: { x: { time: false }, y: { range: [0, highest] } },
    cursor: { drag: { x: true, y: false } },
    legend: { live: true },
    axes: [
      { ...axis, values: (_, ticks, __, ___, step) => ticks.map((at) => tickText(at, step)) },
      {
        ...axis,
        size: 76,
        ...(props.unit === "bytes" ? { incrs: byteSteps } : {}),
        values: (_, ticks) => ticks.map((value) => text(value)),
      },
    ],
    series: [
      { label: "at", value: (_, at) => (at === null ? "–" : durationText(at * 1000)) },
      {
        label: props.name,
        value: (_, value) => (value === null ? "–" : text(value)),
        stroke: colorOf("--accent"),
        fill: colorOf("--accent-soft"),
        width: 2,
        points: { show: props.values.length < 40 },
      },
    ],
    hooks: { draw: [(plot) => drawMarks(plot, props)] },
  };
}

export function Plot(props: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current!;
    const widthNow = () => Math.max(280, element.clientWidth);
    const data: uPlot.AlignedData = [props.at_ms.map((ms) => ms / 1000), props.values];
    const plot = new uPlot(optionsOf(props, widthNow()), data, element);
    const observer = new ResizeObserver(() => {
      if (widthNow() !== plot.width) {
        plot.setSize({ width: widthNow(), height: props.height });
      }
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [props.at_ms, props.values, props.theme]);
  const last = props.values.at(-1);
  return (
    <div
      class="plot"
      ref={place}
      role="img"
      aria-label={`${props.name} over time, ${last === undefined ? "none" : props.unit === "bytes" ? bytesText(last) : countText(last)} at the end`}
    />
  );
}

// Numbers, sizes and durations as people read them; units are powers of 1,024, as everywhere.

const counts = new Intl.NumberFormat("en-US");

export function countText(value: number): string {
  return counts.format(value);
}

export function plural(value: number, noun: string, nouns = `${noun}s`): string {
  return `${countText(value)} ${value === 1 ? noun : nouns}`;
}

export function bytesText(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = Math.abs(value);
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return `${value < 0 ? "-" : ""}${size.toFixed(digits)} ${units[unit]}`;
}

export function durationText(ms: number): string {
  if (ms < 1000) {
    return `${Math.round(ms)} ms`;
  }
  const seconds = ms / 1000;
  if (seconds < 120) {
    return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  }
  const minutes = seconds / 60;
  return minutes < 120 ? `${minutes.toFixed(0)} min` : `${(minutes / 60).toFixed(1)} h`;
}

export function kindText(kind: string): string {
  return kind.replaceAll("_", " ");
}

// A dash for what is not known: unknown is never shown as zero.
export function known<T>(value: T | null | undefined, text: (value: T) => string): string {
  return value === null || value === undefined ? "–" : text(value);
}

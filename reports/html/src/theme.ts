// Light or dark: what the system says until the reader chooses; remembered where that is allowed.
import { useLayoutEffect, useState } from "preact/hooks";

export type Theme = "light" | "dark";

const key = "libtrack-theme";

function remembered(): Theme | null {
  try {
    const theme = localStorage.getItem(key);
    return theme === "light" || theme === "dark" ? theme : null;
  } catch {
    return null; // a page of a file may have no storage
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(key, theme);
  } catch {
    // The choice holds until the page is closed.
  }
}

export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState<Theme>(
    () => remembered() ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"),
  );
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  const toggle = () => {
    const other = theme === "dark" ? "light" : "dark";
    remember(other);
    setTheme(other);
  };
  return [theme, toggle];
}

// A colour of the style sheet, for what draws on a canvas.
export function colorOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

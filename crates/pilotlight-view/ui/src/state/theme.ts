// Light or dark: as the system has it, unless the reader chose.
import { useEffect, useState } from 'preact/hooks';

export type Theme = 'system' | 'light' | 'dark';

const key = 'pilotlight.theme';
const watchers = new Set<() => void>();

/** What the reader chose. */
export function chosenTheme(): Theme {
  const text = read();
  return text === 'light' || text === 'dark' ? text : 'system';
}

export function chooseTheme(theme: Theme): void {
  try {
    if (theme === 'system') localStorage.removeItem(key);
    else localStorage.setItem(key, theme);
  } catch {
    // Storage is forbidden: the choice lasts as long as the page.
  }
  show(theme);
}

/** To be called once, before the first rendering. */
export function beginTheme(): void {
  show(chosenTheme());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', tell);
}

/** A value that changes with the colours, for canvases that have to be drawn again: `light` or `dark`. */
export function useShade(): 'light' | 'dark' {
  const [shade, setShade] = useState(currentShade);
  useEffect(() => {
    const look = () => setShade(currentShade());
    watchers.add(look);
    look();
    return () => void watchers.delete(look);
  }, []);
  return shade;
}

export function currentShade(): 'light' | 'dark' {
  const chosen = document.documentElement.dataset['theme'];
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

/** A colour of the style sheet, for canvases: `cssColour('--accent')`. */
export function cssColour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function show(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  tell();
}

function tell(): void {
  for (const watcher of [...watchers]) watcher();
}

function read(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

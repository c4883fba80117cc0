// The page's colours for what is drawn on a canvas, where style sheets do not reach.

export interface Ink {
  text: string;
  muted: string;
  line: string;
  background: string;
  error: string;
  accent: string;
}

export function inkOf(element: Element): Ink {
  const style = getComputedStyle(element);
  const read = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
  return {
    text: read('--ink', style.color),
    muted: read('--ink-3', style.color),
    line: read('--line', style.color),
    background: read('--paper', 'transparent'),
    error: read('--error', style.color),
    accent: read('--accent', style.color),
  };
}

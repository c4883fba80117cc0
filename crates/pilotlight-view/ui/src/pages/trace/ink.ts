// The colours a canvas is drawn with: those of the style sheet, read once for each theme.

import { serviceColour, type Theme } from '../../charts/colours';
import { cssColour } from '../../state/theme';

export interface Ink {
  text: string;
  muted: string;
  line: string;
  paper: string;
  raised: string;
  selected: string;
  accent: string;
  /** By severity. */
  error: string;
  warn: string;
  info: string;
  debug: string;
  font: string;
  smallFont: string;
  service: (name: string) => string;
}

export function inkOf(shade: Theme): Ink {
  const family = cssColour('--font') || 'sans-serif';
  const muted = cssColour('--ink-3');
  return {
    text: cssColour('--ink'),
    muted,
    line: cssColour('--line'),
    paper: cssColour('--paper'),
    raised: cssColour('--paper-2'),
    selected: cssColour('--accent-wash'),
    accent: cssColour('--accent'),
    error: cssColour('--error'),
    warn: cssColour('--warning'),
    info: cssColour('--note'),
    debug: muted,
    font: `12px ${family}`,
    smallFont: `11px ${family}`,
    service: (name) => serviceColour(name, shade),
  };
}

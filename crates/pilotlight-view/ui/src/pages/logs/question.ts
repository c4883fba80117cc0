// What of the logs is looked at, as the address has it.

import { SEVERITIES } from './severity';

export interface Asking {
  filter: string;
  /** The least severity; 0 for all. */
  severity: number;
  /** The record that is open; empty for none. */
  log: string;
}

export function askingOf(query: URLSearchParams): Asking {
  const severity = Number(query.get('severity') ?? 0);
  return {
    filter: query.get('filter') ?? '',
    severity: SEVERITIES.some(({ least }) => least === severity) ? severity : 0,
    log: query.get('log') ?? '',
  };
}

/** As the API is asked; what is as usual is left out. */
export function questionOf(asking: Asking): { filter?: string; severity_min?: number } {
  return {
    ...(asking.filter !== '' && { filter: asking.filter }),
    ...(asking.severity > 0 && { severity_min: asking.severity }),
  };
}

// OTLP counts severities from 1 to 24, four to a name.

export type SeverityClass = 'debug' | 'info' | 'warn' | 'error';

/** What a number is drawn as. Records without a severity count as info, as in the histogram of the API. */
export function severityClass(severity: number): SeverityClass {
  if (severity >= 17) return 'error';
  if (severity >= 13) return 'warn';
  return severity === 0 || severity >= 9 ? 'info' : 'debug';
}

/** What can be asked for as the least severity. */
export const SEVERITIES: readonly { least: number; name: string }[] = [
  { least: 0, name: 'All severities' },
  { least: 5, name: 'Debug and above' },
  { least: 9, name: 'Info and above' },
  { least: 13, name: 'Warn and above' },
  { least: 17, name: 'Error and above' },
  { least: 21, name: 'Fatal' },
];

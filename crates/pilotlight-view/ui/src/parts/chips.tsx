// Small marks that mean the same everywhere: a service in its colour, a status, a severity. Never by colour alone.
import { serviceColour } from '../charts/colours';
import { useShade } from '../state/theme';
import { cut } from './formats';

/** A service's name with its colour before it. */
export function ServiceName({ service }: { service: string }) {
  const shade = useShade();
  return (
    <span class="service" title={cut(service, 300)}>
      <span class="service-dot" style={{ background: serviceColour(service, shade) }} aria-hidden="true" />
      <span class="cut">{service === '' ? '(no service.name)' : cut(service, 120)}</span>
    </span>
  );
}

/** A span's status; nothing for one that was not set. */
export function StatusChip({ status, message }: { status: 'unset' | 'ok' | 'error'; message?: string | null | undefined }) {
  if (status === 'unset') return null;
  return (
    <span class={status === 'error' ? 'chip chip-error' : 'chip chip-ok'} title={message ? cut(message, 500) : undefined}>
      {status === 'error' ? '! error' : '✓ ok'}
    </span>
  );
}

export type SeverityBand = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'none';

/** The name of the four numbers around one of OTLP's 24. */
export function severityBand(severity: number): SeverityBand {
  if (!(severity >= 1 && severity <= 24)) return 'none';
  return (['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const)[Math.floor((severity - 1) / 4)] ?? 'none';
}

/** A log record's severity: in the sender's words, coloured by its number. */
export function SeverityChip({ severity, text }: { severity: number; text?: string }) {
  const band = severityBand(severity);
  const words = text !== undefined && text !== '' ? cut(text, 12) : band === 'none' ? '–' : band.toUpperCase();
  return (
    <span class={`severity severity-${band}`} title={severity > 0 ? `severity ${severity}` : 'no severity'}>
      {words}
    </span>
  );
}

/** How much a finding matters. */
export function FindingChip({ severity }: { severity: 'note' | 'warning' | 'error' }) {
  return <span class={`chip chip-${severity}`}>{severity}</span>;
}

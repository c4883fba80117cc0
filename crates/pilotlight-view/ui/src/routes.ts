// Which page is where. A page is a default export without props: what it shows is in the address.
import type { ComponentType } from 'preact';
import ExceptionsPage from './pages/exceptions/exceptions';
import FindingsPage from './pages/findings/findings';
import LogsPage from './pages/logs/logs';
import MapPage from './pages/map/map';
import MetricsPage from './pages/metrics/metrics';
import OperationsPage from './pages/operations/operations';
import OverviewPage from './pages/overview/overview';
import ResourcesPage from './pages/resources/resources';
import TracePage from './pages/trace/trace';
import TracesPage from './pages/traces/traces';
import ViewerPage from './pages/viewer/viewer';

export interface Route {
  /** `/traces/:id`: a name after a colon stands for one part of the path. */
  readonly path: string;
  readonly Content: ComponentType;
}

export const routes: readonly Route[] = [
  { path: '/', Content: OverviewPage },
  { path: '/traces', Content: TracesPage },
  { path: '/traces/:id', Content: TracePage },
  { path: '/operations', Content: OperationsPage },
  { path: '/map', Content: MapPage },
  { path: '/metrics', Content: MetricsPage },
  { path: '/logs', Content: LogsPage },
  { path: '/exceptions', Content: ExceptionsPage },
  { path: '/resources', Content: ResourcesPage },
  { path: '/findings', Content: FindingsPage },
  { path: '/viewer', Content: ViewerPage },
];

export interface Match {
  readonly route: Route;
  /** The parts that the path's names stand for. */
  readonly names: Readonly<Record<string, string>>;
}

/** The route of a path; none when there is no such page. */
export function match(path: string): Match | undefined {
  const parts = split(path);
  for (const route of routes) {
    const names = matchParts(split(route.path), parts);
    if (names) return { route, names };
  }
  return undefined;
}

function matchParts(pattern: string[], parts: string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const names: Record<string, string> = {};
  for (const [at, wanted] of pattern.entries()) {
    const part = parts[at] ?? '';
    if (wanted.startsWith(':')) names[wanted.slice(1)] = decode(part);
    else if (wanted !== part) return undefined;
  }
  return names;
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A lone percent sign, typed by hand.
    return part;
  }
}

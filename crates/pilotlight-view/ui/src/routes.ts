// Which page is where. A page is a default export without props: what it shows is in the address.
import type { ComponentType } from 'preact';
import FindingsPage from './pages/findings/findings';
import OverviewPage from './pages/overview/overview';
import ResourcesPage from './pages/resources/resources';
import TracesPage from './pages/traces/traces';
import ViewerPage from './pages/viewer/viewer';

export interface Route {
  /** `/traces/:id`: a name after a colon stands for one part of the path. */
  readonly path: string;
  /** What the browser's tab and the page's heading say at first. */
  readonly title: string;
  readonly load: () => Promise<{ default: ComponentType }>;
}

/** A page that is part of the first file. The waterfall and the charts are files of their own: they are half of the weight. */
function here(Content: ComponentType): Route['load'] {
  return () => Promise.resolve({ default: Content });
}

export const routes: readonly Route[] = [
  { path: '/', title: 'Overview', load: here(OverviewPage) },
  { path: '/traces', title: 'Traces', load: here(TracesPage) },
  { path: '/traces/:id', title: 'Trace', load: async () => ({ default: (await import('./pages/trace')).TracePage }) },
  { path: '/operations', title: 'Operations', load: async () => ({ default: (await import('./pages/charts')).OperationsPage }) },
  { path: '/map', title: 'Map', load: async () => ({ default: (await import('./pages/charts')).MapPage }) },
  { path: '/metrics', title: 'Metrics', load: async () => ({ default: (await import('./pages/charts')).MetricsPage }) },
  { path: '/logs', title: 'Logs', load: async () => ({ default: (await import('./pages/trace')).LogsPage }) },
  { path: '/exceptions', title: 'Exceptions', load: async () => ({ default: (await import('./pages/trace')).ExceptionsPage }) },
  { path: '/resources', title: 'Resources', load: here(ResourcesPage) },
  { path: '/findings', title: 'Findings', load: here(FindingsPage) },
  { path: '/viewer', title: 'Viewer', load: here(ViewerPage) },
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

// The way to the pages, the theme, and whether the viewer is there.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Schema } from '../api/client';
import { type Theme, chooseTheme, chosenTheme } from '../state/theme';
import { useLive } from '../state/changes';
import { rangeKeys } from '../state/range';
import { link, useAddress } from '../state/url';

interface Place {
  readonly path: string;
  readonly name: string;
  /** Of a 16 by 16 drawing, stroked. */
  readonly icon: string;
  /** The range of time goes along. */
  readonly ranged?: boolean;
}

const groups: readonly (readonly Place[])[] = [
  [{ path: '/', name: 'Overview', icon: 'M2 8l6-5 6 5M4 7v6h8V7' }],
  [
    { path: '/traces', name: 'Traces', icon: 'M2 4h7M5 8h7M8 12h6', ranged: true },
    { path: '/logs', name: 'Logs', icon: 'M3 3h10M3 6.500h10M3 10h7M3 13.500h9', ranged: true },
    { path: '/metrics', name: 'Metrics', icon: 'M2 13l4-5 3 3 5-7', ranged: true },
    { path: '/exceptions', name: 'Exceptions', icon: 'M8 2l6.500 11.500h-13zM8 6.500v3.500M8 12v.1', ranged: true },
  ],
  [
    { path: '/operations', name: 'Operations', icon: 'M3 13V8M8 13V3M13 13V6', ranged: true },
    { path: '/map', name: 'Map', icon: 'M3 3h3v3H3zM10 10h3v3h-3zM10 3h3v3h-3zM6 4.500h4M5 6l5.500 4.500', ranged: true },
    { path: '/resources', name: 'Resources', icon: 'M2.500 3h11v4h-11zM2.500 9h11v4h-11zM5 5v.1M5 11v.1' },
  ],
  [
    { path: '/findings', name: 'Findings', icon: 'M7 2.500a4.500 4.500 0 1 0 0 9a4.500 4.500 0 1 0 0-9M10.300 10.300L14 14' },
    { path: '/viewer', name: 'Viewer', icon: 'M2 4.500h12M2 11.500h12M10 2.500v4M6 9.500v4' },
  ],
];

interface Props {
  readonly path: string;
  readonly findings: readonly Schema<'Finding'>[] | undefined;
}

export function Navigation({ path, findings = [] }: Props) {
  const { query } = useAddress();
  const range = Object.fromEntries(rangeKeys.map((key) => [key, query.get(key) ?? undefined]));
  return (
    <nav class="nav" aria-label="Pages">
      <a class="brand" href="/" aria-label="Pilotlight, overview">
        <svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
          <path d="M8 1c1 3 4 4.500 4 8.500a4 4 0 0 1-8 0C4 7 6 6 6 4c1 .5 1.500 1.500 1.500 2.500C8.500 5.500 8.500 3 8 1z" />
        </svg>
        <span>Pilotlight</span>
      </a>
      {groups.map((places) => (
        <ul key={places[0]?.path}>
          {places.map((place) => (
            <li key={place.path}>
              <NavigationLink place={place} to={place.ranged ? link(place.path, range) : place.path} current={isCurrent(place.path, path)}>
                {place.path === '/findings' && <FindingCount findings={findings} />}
              </NavigationLink>
            </li>
          ))}
        </ul>
      ))}
      <div class="nav-end">
        <Connection />
        <ThemeChoice />
      </div>
    </nav>
  );
}

interface LinkProps {
  readonly place: Place;
  readonly to: string;
  readonly current: boolean;
  readonly children: ComponentChildren;
}

function NavigationLink({ place, to, current, children }: LinkProps) {
  return (
    <a href={to} aria-current={current ? 'page' : undefined}>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <path d={place.icon} />
      </svg>
      <span>{place.name}</span>
      {children}
    </a>
  );
}

/** How many findings there are that want something done. */
function FindingCount({ findings }: { findings: readonly Schema<'Finding'>[] }) {
  const errors = findings.filter((one) => one.severity === 'error').length;
  const warnings = findings.filter((one) => one.severity === 'warning').length;
  if (errors + warnings === 0) return null;
  return (
    <span class={errors > 0 ? 'nav-count nav-count-error' : 'nav-count nav-count-warning'}>
      {errors + warnings}
      <span class="only-read"> to look at</span>
    </span>
  );
}

function isCurrent(place: string, path: string): boolean {
  return place === '/' ? path === '/' : path === place || path.startsWith(`${place}/`);
}

function Connection() {
  const { connected } = useLive();
  return (
    <p class={connected ? 'connection' : 'connection connection-lost'} role="status">
      {connected ? '' : 'Viewer not reachable'}
    </p>
  );
}

const themes: readonly Theme[] = ['system', 'light', 'dark'];

function ThemeChoice() {
  const [theme, setTheme] = useState(chosenTheme);
  return (
    <label class="theme">
      <span>Theme</span>
      <select
        value={theme}
        onChange={(event) => {
          const chosen = themes.find((one) => one === event.currentTarget.value) ?? 'system';
          chooseTheme(chosen);
          setTheme(chosen);
        }}
      >
        {themes.map((one) => (
          <option key={one} value={one}>
            {one[0]?.toUpperCase() + one.slice(1)}
          </option>
        ))}
      </select>
    </label>
  );
}

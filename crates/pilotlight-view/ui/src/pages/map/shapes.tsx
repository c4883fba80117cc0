// What the map's shapes and lines mean.
import { type MapNode, outline } from './drawing';

const kinds: readonly (readonly [MapNode['kind'], string])[] = [
  ['service', 'Service'],
  ['database', 'Database'],
  ['messaging', 'Broker'],
  ['external', 'Other host'],
];

export function Shapes() {
  return (
    <ul class="map-shapes" aria-label="What the shapes mean">
      {kinds.map(([kind, words]) => (
        <li key={kind}>
          <svg viewBox="-17 -12 34 24" width="26" height="18" aria-hidden="true" class={`map-node map-${kind}`}>
            <path d={outline(kind, 32, 22)} />
          </svg>
          {words}
        </li>
      ))}
      <li>
        <svg viewBox="0 0 30 18" width="26" height="16" aria-hidden="true" class="map-edge map-edge-messages">
          <path d="M0 9H30" class="map-way" />
        </svg>
        Messages
      </li>
      <li>
        <svg viewBox="0 0 30 18" width="26" height="16" aria-hidden="true" class="map-edge map-edge-failed">
          <path d="M0 9H30" class="map-way" />
        </svg>
        With errors
      </li>
    </ul>
  );
}

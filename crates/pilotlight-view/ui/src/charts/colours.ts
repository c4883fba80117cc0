// Colours of services and of lines: the same name has the same colour on every page, in every tab.
// All of them are readable as text (WCAG AA, 4.5:1) on the page's backgrounds, in both themes; the tests compute it.

export type Theme = 'light' | 'dark';

/** Clear colours, which are given first. No red among them: red means an error. */
const clear: readonly Readonly<Record<Theme, string>>[] = [
  { light: '#006ebe', dark: '#50a0ee' },
  { light: '#a85500', dark: '#e18640' },
  { light: '#007d37', dark: '#4eb068' },
  { light: '#ab448e', dark: '#da7cbd' },
  { light: '#715ac5', dark: '#9e8eef' },
  { light: '#02787d', dark: '#0dadb4' },
  { light: '#7f6a03', dark: '#b79909' },
];

/** For more names than that: darker in light, lighter in dark, so that they differ from the clear ones for eyes that see no hues. */
const muted: readonly Readonly<Record<Theme, string>>[] = [
  { light: '#2a457d', dark: '#afc9fb' },
  { light: '#683e02', dark: '#ecc296' },
  { light: '#275116', dark: '#aed2a3' },
  { light: '#733150', dark: '#f4b8d0' },
  { light: '#563b76', dark: '#d4bff3' },
  { light: '#014e5b', dark: '#8bd3e3' },
  { light: '#4b4900', dark: '#cbcc93' },
];

export const palette = [...clear, ...muted];

/** What has no name gets no hue. */
const unnamed: Readonly<Record<Theme, string>> = { light: '#5b6472', dark: '#9aa4b2' };

/** The colour of a service. Two services share one only when there are more of them than colours. */
export function serviceColour(service: string, theme: Theme): string {
  if (service === '') return unnamed[theme];
  return palette[services.slot(service)]![theme];
}

/** A colour for each of these names, the same whatever their order is. */
export function lineColours(names: readonly string[], theme: Theme): Map<string, string> {
  const slots = new Slots();
  const colours = new Map<string, string>();
  for (const name of [...names].sort()) colours.set(name, palette[slots.slot(name)]![theme]);
  return colours;
}

/**
 * Who has which place in the palette. A name's hash says which it would like; where that is taken, it gets the next free one, clear
 * colours before muted ones. It remembers no more names than there are places: then the oldest one that has not been asked for since
 * it was recalled makes room, and when all have been, a name gets what its hash says, taken or not.
 */
export class Slots {
  private readonly taken: Map<number, number>;
  private readonly asked = new Set<number>();

  constructor(
    recalled: readonly (readonly [number, number])[] = [],
    private readonly learnt: (slots: [number, number][]) => void = () => {},
  ) {
    this.taken = new Map(recalled.filter(([, slot]) => palette[slot] !== undefined));
  }

  slot(name: string): number {
    const hash = hashOf(name);
    const known = this.taken.get(hash);
    const slot = known ?? this.free(hash, 0, clear.length) ?? this.free(hash, clear.length, muted.length) ?? this.given();
    if (slot === undefined) return hash % palette.length;
    this.asked.add(hash);
    if (known === undefined) {
      this.taken.set(hash, slot);
      this.learnt([...this.taken]);
    }
    return slot;
  }

  private free(hash: number, first: number, count: number): number | undefined {
    const used = new Set(this.taken.values());
    for (let i = 0; i < count; i++) {
      const slot = first + ((hash + i) % count);
      if (!used.has(slot)) return slot;
    }
    return undefined;
  }

  /** The place of a name that nobody has asked for. */
  private given(): number | undefined {
    for (const [hash, slot] of this.taken) {
      if (this.asked.has(hash)) continue;
      this.taken.delete(hash);
      return slot;
    }
    return undefined;
  }
}

/** FNV-1a over the first characters: names can be megabytes long. */
export function hashOf(name: string): number {
  const length = Math.min(name.length, 256);
  let hash = 0x811c9dc5;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

// Hashes, not names: enough for colours to stay the same in every tab, tomorrow too.
const remember = 'pilotlight.colours';
const services = new Slots(recall(), (slots) => {
  try {
    localStorage.setItem(remember, JSON.stringify(slots));
  } catch {
    // A browser that keeps nothing gets the colours by the order of coming.
  }
});

function recall(): [number, number][] {
  try {
    const slots: unknown = JSON.parse(localStorage.getItem(remember) ?? '[]');
    return Array.isArray(slots) ? (slots as [number, number][]).filter(Array.isArray).slice(0, palette.length) : [];
  } catch {
    return [];
  }
}

/** The share of light that a colour reflects, 0 to 1, as WCAG defines it. */
export function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

/** How well one colour is read on another, 1 to 21, as WCAG defines it. */
export function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
}

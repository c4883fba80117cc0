// Which lines of a chart are switched off.

/** The lines that are hidden once this one has been switched. */
export function toggled(label: string, hidden: ReadonlySet<string>): ReadonlySet<string> {
  const now = new Set(hidden);
  if (!now.delete(label)) now.add(label);
  return now;
}

/** Every other line hidden; or none, when they are already. */
export function allBut(label: string, lines: readonly { label: string }[], hidden: ReadonlySet<string>): ReadonlySet<string> {
  const others = lines.map((line) => line.label).filter((other) => other !== label);
  return others.every((other) => hidden.has(other)) && !hidden.has(label) ? new Set() : new Set(others);
}

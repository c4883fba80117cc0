// Placeholder of the losses' banner: nothing to say yet.
export function Banner() {
  return null;
}

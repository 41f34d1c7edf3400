// What a browser keeps of a player's taste: nothing that says who the player is.
export type Preference = 'locale' | 'theme' | 'currency' | 'reality-minutes' | 'visitor';

const prefix = 'pitboss.';
const losers = new Set<() => void>();

export function readPreference(name: Preference): string | null {
  try {
    return localStorage.getItem(prefix + name);
  } catch {
    return null; // storage is switched off; the page works without it
  }
}

export function writePreference(name: Preference, value: string): void {
  try {
    localStorage.setItem(prefix + name, value);
  } catch {
    // as above
  }
}

// The platform's answer to a logout tells the browser to clear the site's storage. Taste is written again afterwards by who knows it.
export function onPreferencesLost(writer: () => void): () => void {
  losers.add(writer);
  return () => losers.delete(writer);
}

export function restorePreferences(): void {
  losers.forEach((w) => w());
}

// visitorId is a number drawn for this browser, by which a visitor sees the same layout of the lobby again. It is tied to no account.
export function visitorId(): string {
  const known = readPreference('visitor');
  if (known) return known;
  const drawn = crypto.randomUUID();
  writePreference('visitor', drawn);
  return drawn;
}

// How long the player has been playing in this tab, over games and reloads: a break ends it, another game does not.

interface Play {
  since: number;
  seen: number;
  // When the player last acknowledged a reality check.
  acknowledged: number;
}

const key = 'pitboss.play';
const pause = 5 * 60_000;

function read(): Play | null {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? 'null') as Play | null;
  } catch {
    return null;
  }
}

const write = (play: Play): void => sessionStorage.setItem(key, JSON.stringify(play));

// beginPlay goes on with the clock that runs, or starts one.
export function beginPlay(now: number): Play {
  const running = read();
  const play = running && now - running.seen < pause ? { ...running, seen: now } : { since: now, seen: now, acknowledged: now };
  write(play);
  return play;
}

export function keepPlaying(now: number): void {
  const play = read();
  if (play) write({ ...play, seen: now });
}

export function acknowledge(now: number): void {
  const play = read();
  if (play) write({ ...play, seen: now, acknowledged: now });
}

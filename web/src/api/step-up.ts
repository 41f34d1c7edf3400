// The client asks, a dialog of the shell answers: a call that needs a fresh second factor waits until the player has given or refused it. Calls that
// ask together get one dialog.

type Asker = () => Promise<boolean>;

let asker: Asker | null = null;
let open: Promise<boolean> | null = null;

export function provideStepUp(next: Asker): () => void {
  asker = next;
  return () => {
    asker = null;
  };
}

// askForStepUp is true once the factor was proven; false when the player would not or there is nobody to ask.
export function askForStepUp(): Promise<boolean> {
  if (!asker) return Promise.resolve(false);
  open ??= asker().finally(() => {
    open = null;
  });
  return open;
}

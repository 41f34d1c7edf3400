import { ApiError } from './errors';

// What a browser and a device do between the two calls of a passkey's flow. Options and answers are WebAuthn's own JSON, so nothing is translated here.

// passkeysPossible is false where the browser has no passkeys, and on an address without a name, to which no browser binds one.
export function passkeysPossible(): boolean {
  return (
    typeof PublicKeyCredential !== 'undefined' &&
    'parseRequestOptionsFromJSON' in PublicKeyCredential &&
    !/^[\d.]+$|^\[/.test(window.location.hostname)
  );
}

type Json = Record<string, never>;

// pickPasskey has the player pick a passkey and the device sign with it.
export async function pickPasskey(options: unknown): Promise<Json> {
  return given(() => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(unwrapped(options) as PublicKeyCredentialRequestOptionsJSON) }));
}

// makePasskey has the device make one.
export async function makePasskey(options: unknown): Promise<Json> {
  return given(() => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(unwrapped(options) as PublicKeyCredentialCreationOptionsJSON) }));
}

// Libraries hand options out as the argument of navigator.credentials, one level up.
const unwrapped = (options: unknown): unknown => (options as { publicKey?: unknown }).publicKey ?? options;

async function given(ask: () => Promise<Credential | null>): Promise<Json> {
  let credential: Credential | null;
  try {
    credential = await ask();
  } catch (cause) {
    // The player said no, let the time run out, or the device knows this passkey already.
    throw new ApiError(cause instanceof DOMException && cause.name === 'InvalidStateError' ? 'PASSKEY_KNOWN' : 'PASSKEY_CANCELLED');
  }
  if (!credential) throw new ApiError('PASSKEY_CANCELLED');
  return (credential as PublicKeyCredential).toJSON() as Json;
}

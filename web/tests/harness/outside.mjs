// The outside world as a person meets it: the letter box, the authenticator app.
import { createHmac } from 'node:crypto';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// until asks again until the answer is there.
export async function until(what, ask, patience = 60_000) {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false && answer !== null) return answer;
    if (Date.now() > end) throw new Error(`nothing came of: ${what}`);
    await pause(100);
  }
}

// mailedCode answers the six digits of the newest letter to an address.
export function mailedCode(sandbox, address) {
  return until(`a letter with a code to ${address}`, async () => {
    const list = await (await fetch(`${sandbox}/inbox/api/messages?limit=5&to=${encodeURIComponent(address)}`)).json();
    for (const { id } of list.messages ?? []) {
      const letter = await (await fetch(`${sandbox}/inbox/api/messages/${id}`)).json();
      const code = /\b(\d{6})\b/.exec(letter.text)?.[1];
      if (code) return code;
    }
    return undefined;
  });
}

// Authenticator is the app on the player's phone. A code counts once, so it never gives one twice.
export class Authenticator {
  constructor(secret) {
    this.key = base32(secret.replaceAll(' ', ''));
    this.used = 0;
  }

  async next() {
    for (;;) {
      const now = Math.floor(Date.now() / 30_000);
      // The code before the current one still counts, so that most of the time nobody waits; but only while there are twenty seconds left to use it.
      const late = Date.now() % 30_000 > 10_000;
      for (const step of [now - 1, now]) {
        if (step <= this.used || (late && step < now)) continue;
        this.used = step;
        return this.code(step);
      }
      await pause((now + 1) * 30_000 - Date.now() + 50);
    }
  }

  code(step) {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const mac = createHmac('sha1', this.key).update(counter).digest();
    const offset = mac[19] & 15;
    return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
  }
}

function base32(text) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = '';
  for (const c of text.toUpperCase().replace(/=+$/, '')) bits += alphabet.indexOf(c).toString(2).padStart(5, '0');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => parseInt(b, 2)));
}

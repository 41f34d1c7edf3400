// Computes a round again from its seeds, see the rules on the page.
"use strict";

const el = (id) => document.getElementById(id);
const bytes = (text) => new TextEncoder().encode(text);
const tables = {};

// stream hands out the round's random bytes.
function stream(server, client, nonce) {
  const key = bytes(server);
  let block = 0;
  let rest = [];
  return (n) => {
    while (rest.length < n) rest.push(...sha256.hmac(key, bytes(client + ":" + nonce + ":" + block++)));
    return rest.splice(0, n);
  };
}

function uniform(take, n) {
  const limit = Math.floor(2 ** 32 / n) * n;
  for (;;) {
    const v = take(4).reduce((sum, b) => sum * 256 + b, 0);
    if (v < limit) return v % n;
  }
}

const node = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });

const show = {
  pbs_roulette(take, table) {
    return [node("span", "The ball falls on "), node("b", uniform(take, table.wheel.length))];
  },
  pbs_skyward(take) {
    const all = 2n ** 52n;
    const u = take(7).reduce((sum, b) => sum * 256n + BigInt(b), 0n) % all;
    let point = (97n * all) / (all - u);
    if (point < 100n) point = 100n;
    if (point > 1000000n) point = 1000000n;
    return [node("span", "The flight ends at "), node("b", (Number(point) / 100).toFixed(2) + "x")];
  },
  pbs_blackjack(take) {
    const cards = Array.from({ length: 16 }, () => uniform(take, 52)).map((c) => "A23456789TJQK"[c % 13] + "♠♥♦♣"[Math.floor(c / 13)]);
    return [
      node("p", "You: " + cards[0] + " " + cards[2] + ". Dealer: " + cards[1] + ", face down " + cards[3] + "."),
      node("p", "The next cards: " + cards.slice(4).join(" ")),
    ];
  },
  pbs_goldenvault(take, table) {
    const spin = () => table.reel_strips.map((strip) => uniform(take, strip.length));
    const window = (stops) => stops.map((stop, i) => [0, 1, 2].map((row) => table.reel_strips[i][(stop + row) % table.reel_strips[i].length]));
    const scatters = (w) => w.flat().filter((s) => s === "scatter").length;
    const first = spin();
    const spins = [first];
    if (scatters(window(first)) >= 3) for (let i = 0; i < table.free_spins; i++) spins.push(spin());
    let total = 0;
    const out = spins.map((stops, i) => {
      const w = window(stops);
      let multiple = lines(w, table) * (i > 0 ? table.free_spin_multiplier : 1);
      const paid = table.scatter_pays.find((p) => p.count === scatters(w));
      if (i === 0 && paid) multiple += paid.line_bets;
      total += multiple;
      return node("p", (i ? "Free spin " + i : "Paid spin") + ": stops " + stops.join(", ") + "; " + w.map((reel) => reel.join("/")).join(" ") + "; " + multiple + " line bets");
    });
    const sum = node("p", "");
    sum.append(node("span", "Wins "), node("b", (total / table.lines).toFixed(1) + " times the bet"));
    return [sum, ...out];
  },
};

// lines adds up the line wins of a window, in line bets.
function lines(window, table) {
  return table.pay_lines.reduce((sum, line) => {
    const symbols = line.rows.map((row, reel) => window[reel][row - 1]);
    const first = symbols[0];
    let count = 1;
    while (count < 5 && (symbols[count] === first || (symbols[count] === "wild" && first !== "scatter"))) count++;
    const pays = table.line_pays.find((p) => p.symbol === first);
    return sum + ((pays && pays[count]) || 0);
  }, 0);
}

async function check() {
  const [game, server, hash, client, nonce] = ["game", "server", "hash", "client", "nonce"].map((id) => el(id).value.trim());
  const verdict = el("commitment");
  verdict.className = "verdict";
  el("outcome").replaceChildren();
  if (!server) {
    verdict.textContent = hash ? "The server seed of this round is still in use. Change seeds in the game to see it." : "Enter the seeds of a round.";
    return;
  }
  const computed = sha256.hex(sha256.hash(bytes(server)));
  if (hash) {
    verdict.classList.add(computed === hash ? "good" : "bad");
    verdict.textContent = computed === hash ? "The server seed is the one that was committed to." : "This is NOT the server seed of that hash: its hash is " + computed;
  } else {
    verdict.textContent = "The server seed's hash is " + computed;
  }
  if (!/^\d+$/.test(nonce)) return;
  if (!tables[game]) tables[game] = await (await fetch("games/" + game + "/paytable.json")).json();
  el("outcome").replaceChildren(...show[game](stream(server, client, nonce), tables[game]));
}

for (const [k, v] of new URLSearchParams(location.search)) if (el(k) && "value" in el(k)) el(k).value = v;
el("form").addEventListener("input", check);
el("form").addEventListener("submit", (e) => e.preventDefault());
check();

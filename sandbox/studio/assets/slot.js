// The page of Golden Vault. It shows what the studio decided; it decides nothing itself.
"use strict";

const sessionId = location.pathname.split("/").pop();
const api = new URL("../play/" + sessionId, location.href).href;
const symbols = ["wild", "scatter", "diamond", "gold", "crown", "coin", "ace", "king", "queen", "jack"];
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const el = (id) => document.getElementById(id);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

let game = null;
let busy = false;
let over = false; // the session has ended: no more spins from this page
let nextSpinAt = 0;
let rest = [[], [], [], [], []]; // what the reels show when they stand still

// call answers {status, body}; it rejects only when no answer came.
async function call(path, body) {
  const answer = await fetch(api + path, {
    method: body ? "POST" : "GET",
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body ? JSON.stringify(body) : undefined,
    cache: "no-store",
  });
  return { status: answer.status, body: await answer.json() };
}

function say(text, kind) {
  el("message").textContent = text;
  el("message").className = kind || "";
}

function money(amount) {
  return amount + " " + (game.demo ? "credits" : game.currency);
}

function image(symbol) {
  const img = document.createElement("img");
  img.alt = symbol;
  img.src = "../assets/symbols/" + symbol + ".svg";
  return img;
}

function buildReels() {
  for (let reel = 0; reel < 5; reel++) {
    const column = document.createElement("div");
    column.className = "reel";
    for (let row = 0; row < 3; row++) {
      const cell = document.createElement("div");
      cell.className = "cell";
      rest[reel].push(symbols[(reel * 3 + row * 2 + 2) % symbols.length]);
      cell.append(image(rest[reel][row]));
      column.append(cell);
    }
    el("reels").append(column);
  }
}

const reel = (i) => el("reels").children[i];
const cell = (i, row) => reel(i).children[row];

function showReel(i, column) {
  column.forEach((symbol, row) => cell(i, row).replaceChildren(image(symbol)));
}

function clearWins() {
  el("lines").replaceChildren();
  document.querySelectorAll(".cell.hit").forEach((c) => c.classList.remove("hit"));
}

// turn lets the reels run until the result is there, then stops them from the left at its window.
async function turn(result, firstStop) {
  clearWins();
  const stopAt = [0, 1, 2, 3, 4].map((i) => performance.now() + firstStop + i * (still ? 0 : 180));
  const turning = [0, 1, 2, 3, 4].map((i) => i);
  let outcome;
  result.then((o) => { outcome = o; }, () => { outcome = null; });
  turning.forEach((i) => reel(i).classList.add("turning"));
  while (turning.length) {
    await sleep(70);
    if (outcome === null) break;
    for (const i of [...turning]) {
      if (outcome && performance.now() >= stopAt[i]) {
        showReel(i, outcome.window[i]);
        reel(i).classList.remove("turning");
        turning.splice(turning.indexOf(i), 1);
      } else if (!still) {
        showReel(i, [0, 1, 2].map(() => symbols[Math.floor(Math.random() * symbols.length)]));
      }
    }
  }
  // Without an outcome the reels go back to what they showed: random symbols must not look like a result.
  turning.forEach((i) => {
    reel(i).classList.remove("turning");
    showReel(i, rest[i]);
  });
  if (outcome) rest = outcome.window;
}

function showWins(spin) {
  for (const line of spin.lines) {
    const points = line.rows.map((row, i) => (i * 100 + 50) + "," + (row * 100 + 50)).join(" ");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
    path.setAttribute("points", points);
    el("lines").append(path);
    line.rows.slice(0, line.count).forEach((row, i) => cell(i, row).classList.add("hit"));
  }
  if (spin.scatters >= 3) {
    spin.window.forEach((column, i) => column.forEach((s, row) => { if (s === "scatter") cell(i, row).classList.add("hit"); }));
  }
}

function refreshControls() {
  const wait = nextSpinAt - Date.now();
  el("spin").disabled = busy || over || !game || wait > 0;
  el("bet").disabled = busy || over || !game;
  if (wait > 0 && !busy) setTimeout(refreshControls, wait);
}

function setBalance(balance) {
  if (balance) el("balance").textContent = money(balance);
}

// play sends the spin until an answer comes: the id makes sure that it is one round however often it is sent.
async function play(spinId, bet) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call("/spin", { spin_id: spinId, bet });
    } catch (lost) {
      if (attempt >= 5) throw lost;
      say("The connection was lost. Your round is safe; asking again…", "problem");
      await sleep(1000 * 2 ** attempt);
    }
  }
}

// finish follows a round whose outcome or payment is still under way.
async function finish(round) {
  let wait = 1000;
  while (round.status === "pending" || round.status === "cancelling") {
    say(round.message || "The round is being finished…");
    await sleep(wait);
    wait = Math.min(wait * 1.5, 10000);
    try {
      const answer = await call("/spins/" + round.spin_id);
      if (answer.status === 200) round = answer.body.round;
      else if (answer.status === 404 || answer.status === 410) return round;
    } catch (lost) {
      say("The connection was lost. Your round is safe; asking again…", "problem");
    }
  }
  return round;
}

async function showOutcome(round) {
  const outcome = round.outcome;
  showWins(outcome);
  if (outcome.free_spins) {
    say("Three keys! " + outcome.free_spins.length + " free spins, line wins doubled.", "won");
    await sleep(1500);
    for (const [i, free] of outcome.free_spins.entries()) {
      say("Free spin " + (i + 1) + " of " + outcome.free_spins.length);
      await turn(Promise.resolve(free), 350);
      showWins(free);
      await sleep(450);
    }
  }
  el("win").textContent = money(round.win);
  if (Number(round.win) > 0) say("You win " + money(round.win) + "!", "won");
  else say("No win this time.");
}

function refuse(answer) {
  const error = answer.body.error || {};
  if (answer.status === 404 || answer.status === 410) over = true;
  if (error.retry_after_ms) nextSpinAt = Date.now() + error.retry_after_ms;
  say(error.message || "The spin was refused.", "problem");
}

async function spin() {
  if (busy || over || nextSpinAt > Date.now()) return;
  busy = true;
  refreshControls();
  const started = Date.now();
  el("win").textContent = "–";
  say("Good luck!");
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const spinId = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  const answered = play(spinId, el("bet").value);
  const window = answered.then((a) => (a.body.round && a.body.round.outcome) || Promise.reject(new Error("no outcome")));
  await turn(window, still ? 0 : 900);
  try {
    await conclude(await answered, spinId);
  } catch (lost) {
    say("The studio cannot be reached. Reload the page later: your round is safe.", "problem");
  }
  nextSpinAt = Math.max(nextSpinAt, started + game.min_cycle_ms);
  busy = false;
  refreshControls();
  loadHistory();
}

async function conclude(answer, spinId) {
  let round = answer.body.round;
  if (answer.status !== 200 && !(round && round.spin_id === spinId)) {
    refuse(answer);
    if (round) setBalance((await finish(round)).balance);
    return;
  }
  if (round.outcome) await showOutcome(round);
  const shown = Boolean(round.outcome);
  if (round.status === "pending" || round.status === "cancelling") {
    round = await finish(round);
    if (round.outcome && !shown) {
      await turn(Promise.resolve(round.outcome), 0);
      await showOutcome(round);
    } else if (round.status === "settled") {
      say(Number(round.win) > 0 ? "You won " + money(round.win) + "; it has been paid." : "No win this time.", "won");
    }
  }
  setBalance(round.balance);
  if (round.status !== "settled") {
    say(round.message || "The bet did not stand.", "problem");
    if (round.reason === "session_expired") over = true;
  }
}

async function loadHistory() {
  if (!el("history").open) return;
  try {
    const answer = await call("/rounds");
    if (answer.status !== 200) return;
    el("rounds").replaceChildren(...answer.body.rounds.map((round) => {
      const row = document.createElement("tr");
      const time = new Date(round.created_at).toLocaleTimeString();
      for (const text of [time, round.bet, round.win || "–", round.status]) {
        row.append(Object.assign(document.createElement("td"), { textContent: text }));
      }
      return row;
    }));
  } catch (lost) {
    // The table keeps what it showed; opening it again asks again.
  }
}

function link(id, href) {
  if (!href) return;
  el(id).href = href;
  el(id).hidden = false;
}

async function start() {
  buildReels();
  let answer;
  try {
    answer = await call("");
  } catch (lost) {
    say("The studio cannot be reached. Please reload the page.", "problem");
    return;
  }
  if (answer.status !== 200) {
    refuse(answer);
    return;
  }
  game = answer.body;
  link("lobby", game.lobby_url);
  link("deposit", game.deposit_url);
  el("demo").hidden = !game.demo;
  for (const bet of game.bets) {
    el("bet").append(new Option(money(bet), bet, bet === game.default_bet, bet === game.default_bet));
  }
  setBalance(game.balance);
  if (game.balance_error) say(game.balance_error.message, "problem");
  else say("Choose your bet and press Spin.");
  if (game.last_round && game.last_round.outcome) {
    rest = game.last_round.outcome.window;
    rest.forEach((column, i) => showReel(i, column));
  }
  el("spin").addEventListener("click", spin);
  el("history").addEventListener("toggle", loadHistory);
  if (game.open_round) {
    busy = true;
    refreshControls();
    const round = await finish(game.open_round);
    setBalance(round.balance);
    say(round.status === "settled" ? "Your last round was finished: you won " + money(round.win) + "." : round.message || "Your last bet was cancelled.");
    busy = false;
  }
  refreshControls();
}

start();

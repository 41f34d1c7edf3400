// The page of Golden Vault. It shows what the studio decided; it decides nothing itself.
"use strict";

const { el, sleep, still, money, say } = pit;
const symbols = ["wild", "scatter", "diamond", "gold", "crown", "coin", "ace", "king", "queen", "jack"];

let busy = false;
let nextSpinAt = 0;
let free = null; // free rounds to be played next: name, left, bet
let rest = [[], [], [], [], []]; // what the reels show when they stand still

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
  el("spin").disabled = busy || pit.state.over || !pit.state.game || wait > 0;
  el("bet").disabled = busy || pit.state.over || !pit.state.game || free !== null;
  el("spin").textContent = free ? "Free spin (" + free.left + ")" : "Spin";
  if (wait > 0 && !busy) setTimeout(refreshControls, wait);
}

async function showOutcome(round) {
  const outcome = round.outcome;
  showWins(outcome);
  if (outcome.free_spins) {
    say("Three keys! " + outcome.free_spins.length + " free spins, line wins doubled.");
    await sleep(1500);
    for (const [i, free] of outcome.free_spins.entries()) {
      say("Free spin " + (i + 1) + " of " + outcome.free_spins.length);
      await turn(Promise.resolve(free), 350);
      showWins(free);
      await sleep(450);
    }
  }
  el("win").textContent = money(round.win);
  pit.tell(round);
}

async function spin() {
  if (busy || pit.state.over || nextSpinAt > Date.now()) return;
  busy = true;
  refreshControls();
  const started = Date.now();
  el("win").textContent = "–";
  say("Good luck!");
  const spinId = pit.newId();
  const answered = pit.spin(spinId, free ? { free: free.name } : { bet: el("bet").value });
  const window = answered.then((a) => (a.body.round && a.body.round.outcome) || Promise.reject(new Error("no outcome")));
  await turn(window, still ? 0 : 900);
  try {
    await conclude(await answered, spinId);
  } catch (lost) {
    say("The studio cannot be reached. Reload the page later: your round is safe.", "problem");
  }
  nextSpinAt = Math.max(nextSpinAt, started + pit.state.game.min_cycle_ms);
  busy = false;
  refreshControls();
}

async function conclude(answer, spinId) {
  let round = answer.body.round;
  if (answer.status !== 200 && !(round && round.spin_id === spinId)) {
    nextSpinAt = Math.max(nextSpinAt, Date.now() + pit.refused(answer));
    if (round) pit.after(await pit.finish(round));
    return;
  }
  if (round.outcome) await showOutcome(round);
  const shown = Boolean(round.outcome);
  if (round.status === "pending" || round.status === "cancelling") {
    round = await pit.finish(round);
    if (round.outcome && !shown) {
      await turn(Promise.resolve(round.outcome), 0);
      await showOutcome(round);
    } else if (round.status === "settled") {
      pit.tell(round);
    }
  }
  pit.after(round);
  if (free && round.free_left !== undefined) {
    free.left = round.free_left;
    if (free.left === 0) free = null;
  }
  if (round.status !== "settled") say(round.message || "The bet did not stand.", "problem");
}

async function start() {
  buildReels();
  const game = await pit.start();
  if (!game) return;
  if (game.balance_error) say(game.balance_error.message, "problem");
  else if (game.free_rounds) say("You have " + game.free_rounds.left + " free rounds of " + money(game.free_rounds.bet) + ".", "won");
  else say("Choose your bet and press Spin.");
  free = game.free_rounds || null;
  if (game.last_round && game.last_round.outcome) {
    rest = game.last_round.outcome.window;
    rest.forEach((column, i) => showReel(i, column));
  }
  el("spin").addEventListener("click", spin);
  if (game.open_round) {
    busy = true;
    refreshControls();
    const round = await pit.finish(game.open_round);
    pit.after(round);
    say(round.status === "settled" ? "Your last round was finished: you won " + money(round.win) + "." : round.message || "Your last bet was cancelled.");
    busy = false;
  }
  refreshControls();
}

start();

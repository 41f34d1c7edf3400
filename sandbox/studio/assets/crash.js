// The page of Skyward. Each panel is a flight of its own; the multiplier shown while it flies is computed from the
// server's start time, but what counts is the server's clock.
"use strict";

const { el, node, say, money } = pit;
let rate = 0.15;
const flights = [];
const restMs = 700; // for which the button of a flight that has just ended takes no press: it was meant for "Cash out"

// shown is how the multiplier stands on the server's clock.
const shown = (f) => Math.max(1, Math.exp(rate * Math.max(0, Date.now() + pit.state.clock - f.round.outcome.started_ms) / 1000));
const format = (m) => (Math.floor(m * 100) / 100).toFixed(2) + "x";

function build(count) {
  for (let i = 0; i < count; i++) {
    const part = el("flight").content.cloneNode(true).firstElementChild;
    el("flights").append(part);
    const f = {
      part, round: null, busy: false, restUntil: 0,
      number: part.querySelector(".multiplier"), trail: part.querySelector(".trail"), button: part.querySelector(".go"),
      stake: part.querySelector(".stake"), auto: part.querySelector(".auto"),
    };
    f.button.addEventListener("click", () => (f.round ? cashOut(f) : fly(f)));
    f.part.setAttribute("aria-label", "Flight " + (i + 1));
    flights.push(f);
  }
}

function refresh(f) {
  const flying = Boolean(f.round);
  f.stake.disabled = f.auto.disabled = flying || f.busy;
  const rest = flying ? 0 : f.restUntil - Date.now();
  f.button.disabled = f.busy || rest > 0 || pit.state.over || !pit.state.game;
  if (rest > 0) setTimeout(refresh, rest, f);
  if (!flying) f.button.textContent = f.busy ? "…" : "Fly";
}

// draw is one picture of a flight under way.
function draw(f) {
  if (!f.round) return;
  const m = shown(f);
  f.number.textContent = format(m);
  if (!f.busy) f.button.textContent = "Cash out " + money((Number(f.round.bet) * Math.floor(m * 100) / 100).toFixed(pit.state.game.decimals));
  const t = Math.log(m) / rate;
  const wide = Math.max(8, t);
  const high = Math.max(2, m);
  const points = [];
  for (let i = 0; i <= 24; i++) {
    const at = t * i / 24;
    points.push((100 * at / wide).toFixed(1) + "," + (58 - 54 * (Math.exp(rate * at) - 1) / (high - 1)).toFixed(1));
  }
  f.trail.setAttribute("points", points.join(" "));
}

function picture() {
  flights.forEach(draw);
  if (flights.some((f) => f.round)) requestAnimationFrame(picture);
}

// take shows what the server says of a flight.
function take(f, round) {
  const o = round.outcome;
  f.part.className = "flight " + (o ? o.state : "");
  if (round.server_ms) pit.state.clock = round.server_ms - Date.now();
  if (round.status === "playing" && o) {
    const started = !f.round;
    f.round = round;
    refresh(f);
    if (started) {
      requestAnimationFrame(picture);
      follow(f);
    }
    return;
  }
  f.round = null;
  f.busy = false;
  f.restUntil = Date.now() + restMs;
  if (o && o.crash_point) {
    f.number.textContent = o.state === "cashed_out" ? o.cashed_out_at + "x" : "Crashed " + o.crash_point + "x";
    el("last").prepend(node("li", o.crash_point + "x", Number(o.crash_point) >= 2 ? "high" : ""));
    while (el("last").children.length > 12) el("last").lastChild.remove();
    if (o.state === "cashed_out") {
      el("win").textContent = money(round.win);
      pit.tell(round, "Cashed out at " + o.cashed_out_at + "x; it crashed at " + o.crash_point + "x. ");
    } else {
      say("Crashed at " + o.crash_point + "x.");
    }
  } else {
    f.number.textContent = "–";
    say(round.message || "The bet did not stand.", "problem");
  }
  pit.after(round);
  refresh(f);
}

// follow asks until the flight is over, whoever ended it. By the time of an answer the panel may have another flight, which it does not concern.
async function follow(f) {
  const id = f.round.spin_id;
  const here = () => Boolean(f.round) && f.round.spin_id === id;
  while (here()) {
    await pit.sleep(250);
    if (!here() || f.busy) continue;
    const answer = await pit.call("/spins/" + id).catch(() => null);
    if (!answer || answer.status !== 200 || answer.body.round.status === "playing" || !here() || f.busy) continue;
    const round = await pit.finish(answer.body.round);
    if (here() && !f.busy) take(f, round);
  }
}

async function fly(f) {
  if (f.busy || f.restUntil > Date.now()) return;
  f.busy = true;
  refresh(f);
  const ask = { bet: f.stake.value };
  if (f.auto.value.trim()) ask.auto_cashout = f.auto.value.trim().replace(",", ".");
  try {
    const answer = await pit.spin(pit.newId(), ask);
    f.busy = false;
    if (answer.status !== 200) pit.refused(answer);
    else {
      say("Flying…");
      pit.setBalance(answer.body.round);
      const round = answer.body.round;
      take(f, round.status === "playing" ? round : await pit.finish(round));
    }
  } catch (lost) {
    say("The studio cannot be reached. Reload the page later: your round is safe.", "problem");
  }
  f.busy = false;
  refresh(f);
}

async function cashOut(f) {
  if (f.busy) return;
  f.busy = true;
  refresh(f);
  try {
    const answer = await pit.act(f.round, "cashout");
    if (answer.status === 200) take(f, await pit.finish(answer.body.round));
    else if (answer.body.error && answer.body.error.code === "too_early") pit.refused(answer);
    else if (answer.body.round) take(f, await pit.finish(answer.body.round));
    else pit.refused(answer);
  } catch (lost) {
    say("The studio cannot be reached. Reload the page later: your round is safe.", "problem");
  }
  f.busy = false;
  refresh(f);
}

async function start() {
  const paytable = await (await fetch("../games/pbs_skyward/paytable.json")).json();
  rate = paytable.growth_per_second;
  build(paytable.max_open);
  const game = await pit.start();
  if (!game) return;
  say(game.balance_error ? game.balance_error.message : "Choose a bet and fly; up to " + game.max_open + " flights at the same time.", game.balance_error ? "problem" : "");
  (game.open_rounds || []).slice(0, flights.length).forEach(async (round, i) => {
    take(flights[i], round.status === "playing" ? round : await pit.finish(round));
  });
  flights.forEach(refresh);
}

start();

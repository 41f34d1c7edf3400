// The page of European Roulette.
"use strict";

const { el, node, say, money } = pit;
const NS = "http://www.w3.org/2000/svg";
const places = new Map(); // name -> {spot, button}
let chips = []; // placed in order: {on, units}
let lastChips = [];
let busy = false;
let nextSpinAt = 0;
let turned = 0;
let paytable = null;

// Amounts are counted in minor units, so that chips add up exactly.
const units = (text) => {
  const [whole, frac = ""] = text.split(".");
  return BigInt(whole + frac.padEnd(pit.state.game.decimals, "0"));
};
const text = (v) => {
  const d = pit.state.game.decimals;
  const s = v.toString().padStart(d + 1, "0");
  return d ? s.slice(0, -d) + "." + s.slice(-d) : s;
};

const colourOf = (n) => (n === 0 ? "green" : places.get("red").spot.numbers.includes(n) ? "red" : "black");

function buildWheel() {
  const rotor = document.createElementNS(NS, "g");
  rotor.setAttribute("class", "rotor");
  const step = 360 / paytable.wheel.length;
  const at = (angle, r) => [r * Math.sin(angle * Math.PI / 180), -r * Math.cos(angle * Math.PI / 180)].map((v) => v.toFixed(2)).join(" ");
  paytable.wheel.forEach((n, i) => {
    const from = (i - 0.5) * step;
    const piece = document.createElementNS(NS, "path");
    piece.setAttribute("d", `M ${at(from, 100)} A 100 100 0 0 1 ${at(from + step, 100)} L ${at(from + step, 62)} A 62 62 0 0 0 ${at(from, 62)} Z`);
    piece.setAttribute("fill", { red: "#a8182b", black: "#14161f", green: "#0a6b3d" }[colourOf(n)]);
    piece.setAttribute("stroke", "#f5c542");
    const label = document.createElementNS(NS, "text");
    label.setAttribute("class", "pocket-text");
    label.setAttribute("transform", `rotate(${i * step}) translate(0 -86)`);
    label.textContent = n;
    rotor.append(piece, label);
  });
  const hub = document.createElementNS(NS, "circle");
  for (const [k, v] of Object.entries({ r: 58, fill: "#2a2f45", stroke: "#f5c542", "stroke-width": 3 })) hub.setAttribute(k, v);
  const pointer = document.createElementNS(NS, "path");
  pointer.setAttribute("d", "M -5 -109 L 5 -109 L 0 -97 Z");
  pointer.setAttribute("fill", "#f3f4fa");
  if (pit.still) rotor.classList.add("still");
  el("wheel").append(rotor, hub, pointer);
}

async function turnTo(number) {
  const step = 360 / paytable.wheel.length;
  const target = -paytable.wheel.indexOf(number) * step;
  turned = target - 360 * (Math.ceil(-turned / 360) + 4 - Math.ceil(-target / 360));
  el("wheel").querySelector(".rotor").style.transform = `rotate(${turned}deg)`;
  if (!pit.still) await pit.sleep(3300);
}

// Where a place lies: columns and rows of the cloth's grid for boxes; for a place between numbers the middle of them,
// those that touch the edge of the numbers being on the edge.
const column = (n) => 3 + (n - 1) % 3;
const row = (n) => 2 + Math.floor((n - 1) / 3);

const boxes = {
  "dozen:1": ["1st 12", 2, 2, 4], "dozen:2": ["2nd 12", 2, 6, 4], "dozen:3": ["3rd 12", 2, 10, 4],
  low: ["1–18", 1, 2, 2], even: ["Even", 1, 4, 2], red: ["Red", 1, 6, 2], black: ["Black", 1, 8, 2], odd: ["Odd", 1, 10, 2], high: ["19–36", 1, 12, 2],
  "column:1": ["2 to 1", 3, 14, 1], "column:2": ["2 to 1", 4, 14, 1], "column:3": ["2 to 1", 5, 14, 1],
};

function buildCloth() {
  for (const spot of paytable.places) {
    const button = node("button");
    button.type = "button";
    button.setAttribute("aria-label", spot.name.replace(":", " ") + ", pays " + spot.pays + " to 1");
    button.addEventListener("click", () => put(spot.name));
    places.set(spot.name, { spot, button });
  }
  const cloth = el("cloth");
  for (const [name, { spot, button }] of places) {
    const n = spot.numbers[0];
    if (name.startsWith("straight:")) {
      button.className = "spot " + colourOf(n);
      button.textContent = n;
      button.style.gridArea = n === 0 ? "1 / 3 / 2 / 6" : `${row(n)} / ${column(n)} / ${row(n) + 1} / ${column(n) + 1}`;
    } else if (boxes[name]) {
      const [label, col, from, span] = boxes[name];
      button.className = "spot small" + (name === "red" || name === "black" ? " " + name : "");
      button.textContent = label;
      button.style.gridArea = `${from} / ${col} / ${from + span} / ${col + 1}`;
    } else {
      button.className = "hot";
      button.title = name.replace(":", " ") + ", " + spot.pays + " to 1";
    }
    cloth.append(button);
  }
  placeHotspots();
  addEventListener("resize", placeHotspots);
}

function placeHotspots() {
  const cell = (n) => places.get("straight:" + n).button;
  for (const [name, { spot, button }] of places) {
    if (button.className.split(" ")[0] !== "hot") continue;
    const inner = spot.numbers.filter((n) => n > 0);
    const rows = inner.map((n) => cell(n)).map((c) => [c.offsetTop, c.offsetTop + c.offsetHeight, c.offsetLeft, c.offsetLeft + c.offsetWidth]);
    let y = (Math.min(...rows.map((r) => r[0])) + Math.max(...rows.map((r) => r[1]))) / 2;
    let x = (Math.min(...rows.map((r) => r[2])) + Math.max(...rows.map((r) => r[3]))) / 2;
    if (spot.numbers.includes(0)) y = rows[0][0] - 1;
    if (/^(street|line|basket)/.test(name)) x = rows[0][2];
    button.style.left = x + "px";
    button.style.top = y + "px";
  }
}

function put(on) {
  if (busy || el("chip").disabled) return;
  const chip = { on, units: units(el("chip").value) };
  const { max } = paytable.stakes[pit.state.game.currency];
  const all = sums();
  if (total(all) + chip.units > units(max)) {
    say("All bets together are at most " + money(max) + ".", "problem");
    return;
  }
  if (!all.has(on) && all.size >= paytable.max_bets) {
    say("At most " + paytable.max_bets + " places can be bet on in one round.", "problem");
    return;
  }
  chips.push(chip);
  clearWon();
  refresh();
}

const clearWon = () => document.querySelectorAll(".won").forEach((b) => b.classList.remove("won"));

function sums() {
  const all = new Map();
  for (const chip of chips) all.set(chip.on, (all.get(chip.on) || 0n) + chip.units);
  return all;
}

const total = (all) => [...all.values()].reduce((a, b) => a + b, 0n);

function refresh() {
  const all = sums();
  for (const [name, { button }] of places) {
    let chip = button.querySelector(".chip");
    if (!all.has(name)) {
      if (chip) chip.remove();
      continue;
    }
    if (!chip) button.append(chip = node("span", "", "chip"));
    chip.textContent = text(all.get(name)).replace(/\.00$/, "");
  }
  el("stake").textContent = chips.length ? money(text(total(all))) : "–";
  const wait = nextSpinAt - Date.now();
  const ready = !busy && !pit.state.over && Boolean(pit.state.game);
  el("spin").disabled = !ready || !chips.length || wait > 0;
  el("undo").disabled = el("clear").disabled = !ready || !chips.length;
  el("again").disabled = !ready || !lastChips.length;
  el("chip").disabled = !ready;
  if (wait > 0 && !busy) setTimeout(refresh, wait);
}

function remember(number) {
  el("last").prepend(node("li", number, colourOf(number)));
  while (el("last").children.length > 10) el("last").lastChild.remove();
}

async function show(round) {
  const { number, colour } = round.outcome;
  el("number").textContent = "";
  await turnTo(number);
  el("number").textContent = number;
  remember(number);
  for (const { spot, button } of places.values()) button.classList.toggle("won", spot.numbers.includes(number) && button.querySelector(".chip") !== null);
  places.get("straight:" + number).button.classList.add("won");
  el("win").textContent = money(round.win);
  pit.tell(round, number + " " + colour + ". ");
}

async function spin() {
  if (busy || pit.state.over || !chips.length || nextSpinAt > Date.now()) return;
  busy = true;
  clearWon();
  const started = Date.now();
  const bets = [...sums()].map(([on, v]) => ({ on, stake: text(v) }));
  el("win").textContent = "–";
  say("No more bets.");
  refresh();
  try {
    const answer = await pit.spin(pit.newId(), { bets });
    let round = answer.body.round;
    if (answer.status !== 200) {
      nextSpinAt = Date.now() + pit.refused(answer);
    } else {
      if (round.outcome) await show(round);
      const shown = Boolean(round.outcome);
      round = await pit.finish(round);
      if (round.outcome && !shown) await show(round);
      pit.after(round);
      if (round.status !== "settled") say(round.message || "The bets did not stand.", "problem");
      lastChips = chips;
      chips = [];
    }
  } catch (lost) {
    say("The studio cannot be reached. Reload the page later: your round is safe.", "problem");
  }
  nextSpinAt = Math.max(nextSpinAt, started + pit.state.game.min_cycle_ms);
  busy = false;
  refresh();
}

async function start() {
  paytable = await (await fetch("../games/pbs_roulette/paytable.json")).json();
  for (const spot of paytable.places) if (spot.name === "red") places.set("red", { spot });
  buildCloth();
  buildWheel();
  const game = await pit.start();
  if (!game) return;
  say(game.balance_error ? game.balance_error.message : "Place your chips and press Spin.", game.balance_error ? "problem" : "");
  if (game.open_round) {
    const round = await pit.finish(game.open_round);
    pit.after(round);
    if (round.outcome) await show(round);
  } else if (game.last_round && game.last_round.outcome) {
    remember(game.last_round.outcome.number);
  }
  el("spin").addEventListener("click", spin);
  el("undo").addEventListener("click", () => { chips.pop(); refresh(); });
  el("clear").addEventListener("click", () => { chips = []; refresh(); });
  el("again").addEventListener("click", () => { chips = [...lastChips]; clearWon(); refresh(); });
  refresh();
}

start();

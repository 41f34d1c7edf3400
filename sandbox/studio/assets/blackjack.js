// The page of Blackjack.
"use strict";

const { el, node, say, money } = pit;
const suits = { s: ["♠", "spades"], h: ["♥", "hearts"], d: ["♦", "diamonds"], c: ["♣", "clubs"] };
const buttons = ["hit", "stand", "double", "split"];
let round = null; // the one that waits for the player
let busy = false;
let nextDealAt = 0;
const restMs = 500; // between decisions: the second press of a double click is none

function card(name) {
  const [rank, suit] = name;
  const c = node("div", "", "card " + suit);
  c.setAttribute("role", "img");
  c.setAttribute("aria-label", (rank === "T" ? "10" : rank) + " of " + suits[suit][1]);
  c.append(node("span", rank === "T" ? "10" : rank), node("span", suits[suit][0], "pip"));
  return c;
}

// keep adds what is new, so that only new cards are seen to be dealt.
function keep(box, cards) {
  while (box.children.length > cards.length) box.lastChild.remove();
  cards.forEach((c, i) => {
    const was = box.children[i];
    if (was && was.getAttribute("aria-label") === c.getAttribute("aria-label")) return;
    if (was) was.replaceWith(c);
    else box.append(c);
  });
}

function back() {
  const c = node("div", "", "card back");
  c.setAttribute("role", "img");
  c.setAttribute("aria-label", "a card face down");
  return c;
}

function show(r) {
  const o = r.outcome;
  if (!o) return;
  const over = r.win !== undefined;
  keep(el("dealer"), over ? o.dealer.map(card) : [card(o.dealer[0]), back()]);
  el("dealer-total").textContent = o.dealer_blackjack ? "blackjack" : o.dealer_total;
  const box = el("hands");
  while (box.children.length > o.hands.length) box.lastChild.remove();
  o.hands.forEach((hand, i) => {
    let part = box.children[i];
    if (!part) {
      box.append(part = node("div", "", "hand"));
      part.append(node("h3"), node("div", "", "cards"), node("div", "", "result"));
    }
    part.classList.toggle("active", !over && i === o.active);
    part.children[0].textContent = (hand.soft ? "soft " : "") + hand.total + " · " + money(hand.stake) + (hand.doubled ? " doubled" : "");
    keep(part.children[1], hand.cards.map(card));
    part.children[2].textContent = hand.result ? hand.result + (Number(hand.win) > 0 ? " " + money(hand.win) : "") : "";
  });
}

function refresh() {
  const can = (round && round.actions) || [];
  const ready = !busy && !pit.state.over && Boolean(pit.state.game);
  for (const b of buttons) el(b).disabled = !ready || !can.includes(b);
  const wait = nextDealAt - Date.now();
  el("deal").disabled = !ready || Boolean(round) || wait > 0;
  el("bet").disabled = !ready || Boolean(round);
  if (wait > 0 && !busy) setTimeout(refresh, wait);
}

// take shows how the round stands after the server's answer.
async function take(r) {
  show(r);
  r = await pit.finish(r);
  show(r);
  pit.setBalance(r);
  if (r.status === "playing") {
    round = r;
    if (r.reason) say(r.message, "problem");
    else say("Your turn.");
    return;
  }
  round = null;
  pit.after(r);
  if (r.status !== "settled") {
    say(r.message || "The bet did not stand.", "problem");
    return;
  }
  el("win").textContent = money(r.win);
  const results = r.outcome.hands.map((h) => h.result);
  if (results.includes("blackjack")) say("Blackjack! You win " + money(r.win) + ".", "won");
  else if (Number(r.win) > 0) pit.tell(r);
  else say(results.every((x) => x === "bust") ? "Bust." : "The dealer wins.");
}

async function deal() {
  if (busy || round || pit.state.over || nextDealAt > Date.now()) return;
  busy = true;
  const started = Date.now();
  el("win").textContent = "–";
  el("dealer").replaceChildren();
  el("hands").replaceChildren();
  el("dealer-total").textContent = "";
  say("Good luck!");
  refresh();
  try {
    const answer = await pit.spin(pit.newId(), { bet: el("bet").value });
    if (answer.status !== 200) nextDealAt = Date.now() + pit.refused(answer);
    if (answer.body.round) await take(answer.body.round); // also the hand that another page has open
  } catch (lost) {
    say("The studio cannot be reached. Reload the page later: your round is safe.", "problem");
  }
  nextDealAt = Math.max(nextDealAt, started + pit.state.game.min_cycle_ms);
  busy = false;
  refresh();
}

async function act(action) {
  if (busy || !round) return;
  busy = true;
  refresh();
  try {
    const answer = await pit.act(round, action);
    if (answer.body.round) await take(answer.body.round);
    if (answer.status !== 200) pit.refused(answer);
    await pit.sleep(restMs);
  } catch (lost) {
    say("The studio cannot be reached. Reload the page later: your round is safe.", "problem");
  }
  busy = false;
  refresh();
}

async function start() {
  const game = await pit.start();
  if (!game) return;
  say(game.balance_error ? game.balance_error.message : "Choose your bet and press Deal.", game.balance_error ? "problem" : "");
  el("deal").addEventListener("click", deal);
  for (const b of buttons) el(b).addEventListener("click", () => act(b));
  const last = game.open_round || game.last_round;
  if (last && last.outcome) show(last);
  if (game.open_round) {
    busy = true;
    refresh();
    await take(game.open_round);
    busy = false;
  }
  refresh();
}

start();

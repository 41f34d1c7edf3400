// What the pages of all games share: the session, money, messages, rounds that take longer, history and seeds.
// The pages show what the studio decided; they decide nothing themselves.
"use strict";

const pit = (() => {
  const sessionId = location.pathname.split("/").pop();
  const api = new URL("../play/" + sessionId, location.href).href;
  const el = (id) => document.getElementById(id);
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const state = { game: null, over: false, clock: 0 };
  let balanceAt = 0;

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

  // gained: a return that does not exceed the stake is told and not celebrated (RTS 14F). The stake of a free round was not the player's.
  const gained = (round) => Number(round.win) > (round.free_rounds ? 0 : Number(round.bet));

  // tell says what a round that is over returned, after what else there is to say of it.
  function tell(round, first = "") {
    if (gained(round)) say(first + "You win " + money(round.win) + "!", "won");
    else say(first + (Number(round.win) > 0 ? "You get " + money(round.win) + " back." : "No win this time."));
  }

  const money = (amount) => amount + " " + (state.game.demo ? "credits" : state.game.currency);

  // setBalance shows a balance unless a later one is shown: answers of rounds side by side may come in another order than the wallet's.
  function setBalance({ balance, balance_ms: at = 0 }) {
    if (!balance || at < balanceAt) return;
    balanceAt = at;
    el("balance").textContent = money(balance);
  }

  const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

  // send repeats a message until an answer comes: its id makes sure that it happens once however often it is sent.
  async function send(path, body) {
    for (let attempt = 0; ; attempt++) {
      try {
        return await call(path, body);
      } catch (lost) {
        if (attempt >= 5) throw lost;
        say("The connection was lost. Your round is safe; asking again…", "problem");
        await sleep(1000 * 2 ** attempt);
      }
    }
  }

  const spin = (spinId, ask) => send("/spin", { spin_id: spinId, ...ask });
  const act = (round, action) => send("/rounds/" + round.round_id + "/actions", { action_id: newId(), action });

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

  // refused says why a message was not accepted; it answers how long to wait, in milliseconds.
  function refused(answer) {
    const error = answer.body.error || {};
    if (answer.status === 404 || answer.status === 410) state.over = true;
    say(error.message || "This was refused.", "problem");
    return error.retry_after_ms || 0;
  }

  function node(tag, text, kind) {
    const n = document.createElement(tag);
    if (text !== undefined) n.textContent = text;
    if (kind) n.className = kind;
    return n;
  }

  async function loadHistory() {
    if (!el("history").open) return;
    try {
      const answer = await call("/rounds");
      if (answer.status !== 200) return;
      el("rounds").replaceChildren(...answer.body.rounds.map((round) => {
        const row = node("tr");
        const time = new Date(round.created_at).toLocaleTimeString();
        for (const text of [time, round.bet, round.win || "–", round.status]) row.append(node("td", text));
        return row;
      }));
    } catch (lost) {
      // The table keeps what it showed; opening it again asks again.
    }
  }

  function verifyLink(seed) {
    const q = new URLSearchParams({ game: state.game.game_code, server: seed.server_seed, hash: seed.server_seed_hash, client: seed.client_seed, nonce: 0 });
    const a = node("a", "Check its " + seed.rounds + (seed.rounds === 1 ? " round" : " rounds"));
    Object.assign(a, { href: "../verify?" + q, target: "_blank", rel: "noopener" });
    return a;
  }

  function showSeeds(seeds) {
    el("fair-hash").textContent = seeds.server_seed_hash;
    el("fair-next").textContent = seeds.next_server_seed_hash;
    el("fair-client").textContent = seeds.client_seed;
    el("fair-nonce").textContent = seeds.nonce;
    el("fair-revealed").replaceChildren(...seeds.revealed.map((seed) => {
      const item = node("li");
      item.append(node("code", seed.server_seed), node("span", " with " + seed.client_seed + ". "), verifyLink(seed));
      return item;
    }));
  }

  async function loadSeeds() {
    if (!el("fair").open) return;
    const answer = await call("/fairness").catch(() => null);
    if (answer && answer.status === 200) showSeeds(answer.body);
  }

  async function rotate() {
    const answer = await call("/fairness/rotate", { client_seed: el("fair-new").value.trim() }).catch(() => null);
    if (!answer) el("fair-said").textContent = "The studio cannot be reached.";
    else if (answer.status !== 200) el("fair-said").textContent = answer.body.error.message;
    else {
      el("fair-said").textContent = "Done: the old server seed is shown below.";
      el("fair-new").value = "";
      showSeeds(answer.body);
    }
  }

  function link(id, href) {
    if (!href) return;
    el(id).href = href;
    el(id).hidden = false;
  }

  // start asks for the session; it answers null, having said why, when there is none.
  async function start() {
    let answer;
    try {
      answer = await call("");
    } catch (lost) {
      say("The studio cannot be reached. Please reload the page.", "problem");
      return null;
    }
    if (answer.status !== 200) {
      refused(answer);
      return null;
    }
    const game = state.game = answer.body;
    state.clock = game.server_ms - Date.now();
    link("lobby", game.lobby_url);
    link("deposit", game.deposit_url);
    el("demo").hidden = !game.demo;
    for (const select of document.querySelectorAll("select.bets")) {
      for (const bet of game.bets) select.append(new Option(money(bet), bet, bet === game.default_bet, bet === game.default_bet));
    }
    setBalance(game);
    showSeeds(game.fairness);
    el("history").addEventListener("toggle", loadHistory);
    el("fair").addEventListener("toggle", loadSeeds);
    el("fair-rotate").addEventListener("click", rotate);
    return game;
  }

  // after is what every round ends with: balance, history, seeds.
  function after(round) {
    setBalance(round);
    if (round.reason === "session_expired") state.over = true;
    loadHistory();
    loadSeeds();
  }

  return { el, sleep, still, state, call, say, money, gained, tell, setBalance, newId, spin, act, finish, refused, node, start, after };
})();

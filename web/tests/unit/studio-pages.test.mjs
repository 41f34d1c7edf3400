// The sandbox studio's game pages tell what came of a round. They are plain scripts, so they run here against a document that only keeps texts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import vm from 'node:vm';

const source = (name) => readFileSync(new URL('../../../sandbox/studio/assets/' + name, import.meta.url), 'utf8');

// element takes whatever a page does to it.
function element() {
  const known = {
    style: {}, dataset: {}, children: [], textContent: '', className: '', classList: { add() {}, remove() {}, toggle() {} },
    content: { cloneNode: () => ({ firstElementChild: element() }) },
  };
  return new Proxy(known, {
    get: (target, name) => {
      if (name in target || typeof name === 'symbol') return target[name];
      return () => element();
    },
  });
}

// page loads a game's page in a session of EUR and answers its script's world.
function page(name) {
  const elements = new Map();
  const document = {
    getElementById: (id) => elements.get(id) || elements.set(id, element()).get(id),
    createElement: element, createElementNS: element, querySelectorAll: () => [],
  };
  const world = vm.createContext({
    document, location: { pathname: '/game/s', href: 'http://studio.example/game/s' }, matchMedia: () => ({ matches: true }), URL, Option: element,
    fetch: () => new Promise(() => {}), addEventListener() {}, requestAnimationFrame() {}, setTimeout, performance,
  });
  vm.runInContext(source('common.js') + source(name) + ';pit.state.game = { currency: "EUR", decimals: 2, min_cycle_ms: 0 };', world);
  const message = document.getElementById('message');
  return {
    look: (code) => vm.runInContext(code, world),
    run: (code, round) => vm.runInContext('(async (round) => {' + code + '})', world)(round),
    said: () => [message.textContent, message.className],
  };
}

// What each page says of a round with a stake of 1.00 that returned so much.
const pages = {
  'slot.js': {
    shown: 'await showOutcome(round)',
    outcome: () => ({ lines: [], scatters: 0, window: [] }),
  },
  'roulette.js': {
    shown: 'paytable = { wheel: [0, 7] }; places.set("red", { spot: { numbers: [7] }, button: el("red") }); places.set("straight:7", { spot: { numbers: [7] }, button: el("seven") }); await show(round)',
    outcome: () => ({ number: 7, colour: 'red' }),
  },
  'blackjack.js': {
    shown: 'show = () => {}; await take(round)', // the cards are not what this is about
    outcome: (win) => ({ hands: [{ result: { '0.00': 'lose', '1.00': 'push' }[win] || 'win' }] }),
  },
  'crash.js': {
    shown: 'build(1); take(flights[0], round)',
    outcome: (win) => ({ state: win === '0.00' ? 'crashed' : 'cashed_out', cashed_out_at: '1.01', crash_point: '2.00' }),
  },
};

for (const [name, { shown, outcome }] of Object.entries(pages)) {
  test(name + ' celebrates nothing that does not exceed the stake', async () => {
    for (const [win, text, celebrated] of [['0.00', /[Nn]o win|wins\.|Crashed/, false], ['0.50', /you get 0\.50 EUR back/i, false],
      ['1.00', /you get 1\.00 EUR back/i, false], ['1.01', /you win 1\.01 EUR/i, true], ['10.00', /you win 10\.00 EUR/i, true]]) {
      const p = page(name);
      await p.run(shown, { status: 'settled', bet: '1.00', win, outcome: outcome(win) });
      const [said, style] = p.said();
      assert.match(said, text, win);
      assert.equal(style === 'won', celebrated, win + ': ' + style);
    }
  });
}

test('slot.js celebrates any win of a round whose stake was not the player’s', async () => {
  const p = page('slot.js');
  await p.run('await showOutcome(round)', { status: 'settled', bet: '1.00', win: '0.50', free_rounds: 'gift', outcome: { lines: [], scatters: 0, window: [] } });
  assert.deepEqual(p.said(), ['You win 0.50 EUR!', 'won']);
});

test('slot.js says what came of a round that was paid late', async () => {
  for (const [win, want] of [['0.00', ['No win this time.', '']], ['1.00', ['You get 1.00 EUR back.', '']], ['2.00', ['You win 2.00 EUR!', 'won']]]) {
    const p = page('slot.js');
    await p.run('pit.finish = async () => ({ ...round, status: "settled" }); await conclude({ status: 200, body: { round } }, "id")', { status: 'pending', bet: '1.00', win });
    assert.deepEqual(p.said(), want);
  }
});

test('roulette.js lays no chip beyond what the paytable says', async () => {
  const p = page('roulette.js');
  await p.run(`paytable = { stakes: { EUR: { max: "1.00" } }, max_bets: 2 };
    Object.assign(el("chip"), { disabled: false, value: "0.40" });
    put("red"); put("red"); put("red");`);
  assert.deepEqual(p.said(), ['All bets together are at most 1.00 EUR.', 'problem']);
  await p.run('el("chip").value = "0.10"; put("odd"); put("low");');
  assert.deepEqual(p.said(), ['At most 2 places can be bet on in one round.', 'problem']);
  assert.equal(await p.run('return chips.map((c) => c.on + c.units).join()'), 'red40,red40,odd10');
});

test('crash.js leaves a panel’s new flight alone when the old one’s end is told', async () => {
  const p = page('crash.js');
  const flight = await p.run(`build(1); const f = flights[0];
    pit.sleep = async () => {};
    pit.call = async () => { f.round = { spin_id: "new" }; return { status: 200, body: { round } }; };
    f.round = { spin_id: "old" };
    await follow(f);
    return f.round && f.round.spin_id;`, { status: 'settled', spin_id: 'old', bet: '1.00', win: '0.00', outcome: { state: 'crashed', crash_point: '1.50' } });
  assert.equal(flight, 'new');
});

test('crash.js takes the second press on a flight that has ended for none', async () => {
  const p = page('crash.js');
  const spins = await p.run(`build(1); const f = flights[0]; let spins = 0;
    f.auto.value = "";
    pit.newId = () => "id";
    pit.spin = async () => { spins++; return { status: 429, body: {} }; };
    take(f, round);
    await fly(f);
    f.restUntil = 0;
    await fly(f);
    return spins;`, { status: 'settled', bet: '1.00', win: '1.20', outcome: { state: 'cashed_out', cashed_out_at: '1.20', crash_point: '2.00' } });
  assert.equal(spins, 1);
});

test('blackjack.js shows the hand that is open elsewhere', async () => {
  const p = page('blackjack.js');
  await p.run(`show = () => {};
    pit.newId = () => "id";
    pit.spin = async () => ({ status: 409, body: { error: { code: "round_open", message: "not finished" }, round } });
    await deal();`, { status: 'playing', actions: ['hit', 'stand'], bet: '1.00', balance: '9.00', outcome: { hands: [], dealer: [] } });
  assert.equal(p.look('round && round.actions.join()'), 'hit,stand');
});

// The web app in a real browser, against one whole platform. Node runs test files in processes of their own, so this is the one file.
import { after, before } from 'node:test';

import { launch } from '../harness/browser.mjs';
import { startPlatform } from '../harness/platform.mjs';
import { account } from './account.mjs';
import { journey } from './journey.mjs';
import { miniApp } from './mini-app.mjs';
import { money } from './money.mjs';
import { pages } from './pages.mjs';
import { play } from './play.mjs';
import { session } from './session.mjs';
import { speed } from './speed.mjs';
import { telegram } from './telegram.mjs';

const world = { platform: undefined, browser: undefined };

before(async () => {
  world.platform = await startPlatform();
  world.browser = await launch();
});

after(async () => {
  await world.browser?.close();
  await world.platform?.stop();
});

journey(world);
session(world);
telegram(world);
miniApp(world);
money(world);
account(world);
play(world);
pages(world);
speed(world);

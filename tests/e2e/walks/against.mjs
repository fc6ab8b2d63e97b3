// What the walks of this folder are walked against: a fake console, which makes them quick.
import { after, before, beforeEach } from 'node:test';

import { startFake } from '../fake/server.mjs';
import { startBrowser } from '../helpers/browser.mjs';
import { ConsolePage } from '../helpers/console_page.mjs';

const password = 'correct horse battery';

/** Starts a browser and a fake for the file's tests, each of which begins with a new console; `open` logs a user in. */
export function useFake() {
  const world = {};
  before(async () => {
    world.browser = await startBrowser();
    world.fake = await startFake({ page: process.env.SEKISHO_WEB_OUT, password });
  });
  beforeEach(() => world.fake.reset());
  after(async () => {
    await world.browser?.close();
    await world.fake?.close();
  });
  world.open = async (language, login = 'customer@example.com') => {
    const user = await ConsolePage.open(world.browser, { baseUrl: world.fake.url, language });
    await user.logIn(login, password);
    return user;
  };
  world.password = password;
  return world;
}

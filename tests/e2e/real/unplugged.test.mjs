// The console's cable is taken out and put in again.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gateway, languages, Office, pageIsFetched, plugConsole, unplugConsole } from './lab.mjs';

const fetches = 5;

for (const language of languages) {
  describe(`without the console, in ${language}`, () => {
    const rule = `counted ${language}`;
    let office;
    let user;
    before(async () => {
      office = await Office.open(language);
      user = await office.logIn();
      await user.go('policy');
      await user.policy.addRule({ name: rule, action: 'allow', services: ['tcp/80'] });
      await user.policy.save();
      await user.delivery.deliverAll(rule);
      await user.delivery.waitForGateway(gateway, 'succeeded');
      await user.delivery.close();
    });
    after(async () => {
      plugConsole();
      await office?.close();
    });

    it('traffic runs on, and the page shows the gateway offline', async () => {
      unplugConsole();
      for (let count = 0; count < fetches; ++count) assert.equal(pageIsFetched(), true);
      await user.go('gateways');
      await user.page.locator(`tr[data-gateway="${gateway}"]`).getByText(user.t('gateways.offline'), { exact: true }).waitFor({ timeout: 90_000 });
      await office.shot(user, 'unplugged');
    });

    it('then its events arrive, none missing and none twice', async () => {
      const row = user.page.locator(`tr[data-gateway="${gateway}"]`);
      plugConsole();
      await row.getByText(user.t('gateways.online'), { exact: true }).waitFor({ timeout: 60_000 });
      await user.go('log');
      await user.page.getByRole('search').getByLabel(user.t('log.rule')).fill(rule);
      await user.page.getByRole('button', { name: user.t('log.apply') }).click();
      const events = user.page.locator('table.grid tbody tr').filter({ hasText: rule });
      await events.nth(fetches - 1).waitFor();
      assert.equal(pageIsFetched(), true); // what is told after the others shows that they were all
      await events.nth(fetches).waitFor();
      await office.shot(user, 'plugged-log');
      assert.equal(await events.count(), fetches + 1);
      assert.deepEqual(user.complaints, []);
    });
  });
}

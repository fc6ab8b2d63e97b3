// The walk of an administrator against a real console and a real gateway.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gateway, languages, Office, pageIsFetched, startDownload } from './lab.mjs';

const { SEKISHO_CLIENT: client, SEKISHO_SERVER: server } = process.env;

for (const language of languages) {
  describe(`the walk in ${language}`, () => {
    const rule = `web closed ${language}`;
    let office;
    let user;
    before(async () => {
      office = await Office.open(language);
      user = await office.logIn();
    });
    after(async () => office?.close());

    it('shows the gateway online with its interfaces', async () => {
      await office.shot(user, 'dashboard');
      await user.go('gateways');
      await user.page.getByText(gateway).first().waitFor();
      await office.shot(user, 'gateways');
    });

    it('saves a block rule, which has no effect until it is delivered', async () => {
      await user.go('policy');
      await user.policy.addRule({ name: rule, action: 'block', services: ['tcp/80'] });
      await user.policy.save();
      await user.banner.waitFor();
      await office.shot(user, 'policy');
      assert.equal(pageIsFetched(), true);
    });

    it('delivers it, and the page is refused; a download that the rule does not concern goes on', async () => {
      const download = startDownload();
      await user.delivery.deliverAll(rule);
      await user.delivery.waitForGateway(gateway, 'succeeded');
      await office.shot(user, 'delivered');
      await user.delivery.close();
      await user.banner.waitFor({ state: 'detached' });
      assert.equal(pageIsFetched(), false);
      assert.equal(download.runs(), true, 'it lasts longer than the delivery');
      assert.equal(await download.done, 0);
    });

    it('names the rule, its version and both addresses in the log', async () => {
      await user.go('versions');
      const version = (await user.page.getByRole('row').filter({ hasText: rule }).first().innerText()).match(/\d+/)[0];
      await user.go('log');
      const row = user.page.getByRole('row').filter({ hasText: rule }).filter({ hasText: `${server}:80` }).first();
      await row.waitFor();
      const text = await row.innerText();
      assert.ok(text.includes(`${client}:`) && text.split(/\s+/).includes(version), `version ${version}: ${text}`);
      await office.shot(user, 'log');
    });

    it('lets the page pass again when the rule is switched off and that is delivered', async () => {
      await user.go('policy');
      await user.policy.row(rule).waitFor();
      await user.policy.switchRule(rule);
      await user.policy.save();
      await user.delivery.deliverAll();
      await user.delivery.waitForGateway(gateway, 'succeeded');
      await user.delivery.close();
      assert.equal(pageIsFetched(), true);
      await user.go('versions');
      await office.shot(user, 'versions');
      assert.deepEqual(user.complaints, []);
    });
  });
}

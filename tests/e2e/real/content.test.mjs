// Content that a rule chooses, from the picker to the packet.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gateway, languages, Office, pageIsFetched } from './lab.mjs';

for (const language of languages) {
  describe(`content in ${language}`, () => {
    const rule = `content ${language}`;
    let office;
    let user;
    const deliverSaved = async (comment) => {
      await user.delivery.deliverAll(comment);
      await user.delivery.waitForGateway(gateway, 'succeeded');
      await user.delivery.close();
    };
    const deliver = async (comment) => {
      await user.policy.save();
      await deliverSaved(comment);
    };
    before(async () => {
      office = await Office.open(language);
      user = await office.logIn();
      await user.go('policy');
    });
    after(async () => office?.close());

    it('blocks a whole category that was chosen', async () => {
      await user.policy.openNewRule();
      // The console's stream is TLS, which is in the category as well.
      await user.policy.fillRule({ name: rule, action: 'block', source: [process.env.SEKISHO_CLIENT] });
      await user.picker.open('applications');
      await user.picker.click(user.picker.group('web'));
      await office.shot(user, 'content-picker');
      await user.picker.done();
      await user.policy.confirmRule();
      assert.equal(pageIsFetched(), true);
      await deliver(rule);
      assert.equal(pageIsFetched(), false);
    });

    it('lets pass the one that is taken out of the category, and blocks it again when it is chosen alone', async () => {
      const click = async () => {
        await user.page.getByRole('button', { name: rule, exact: true }).click();
        await user.picker.open('applications');
        await user.picker.enter('web');
        await user.picker.click(user.picker.item('http'));
        await user.picker.done();
        await user.policy.confirmRule();
      };
      await click();
      await user.policy.save();
      const changes = await user.delivery.open();
      await changes.getByText(language === 'ja' ? 'アプリケーション ウェブプロトコル' : 'Applications Web protocols').waitFor();
      await office.shot(user, 'content-to-deliver');
      await user.page.keyboard.press('Escape');
      await deliverSaved(`${rule} without HTTP`);
      assert.equal(pageIsFetched(), true);
      await click();
      await deliver(`${rule} with HTTP`);
      assert.equal(pageIsFetched(), false);
      await user.policy.switchRule(rule);
      await deliver(`${rule} off`);
      assert.equal(pageIsFetched(), true);
      assert.deepEqual(user.complaints, []);
    });
  });
}

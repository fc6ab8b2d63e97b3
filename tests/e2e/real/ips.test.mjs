// An administrator's own IPS rule, from his file to the packet; and one with a mistake.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { bytesAreFetched, gateway, languages, Office, pageIsFetched } from './lab.mjs';

for (const [index, language] of languages.entries()) {
  describe(`an IPS rule in ${language}`, () => {
    const title = `no downloads ${language}`;
    const sid = 1_000_001 + index;
    const rule = (keyword) => `drop http any any -> any any (msg:"${title}"; flow:to_server; http.uri; ${keyword}:"/bytes/"; sid:${sid}; rev:1;)`;
    let office;
    let user;
    before(async () => {
      office = await Office.open(language);
      user = await office.logIn();
    });
    after(async () => office?.close());

    it('that is wrong is refused with its line, column and reason', async () => {
      await user.go('ips');
      await user.ips.open('own_rules');
      await user.ips.openNewRules();
      await user.ips.upload('ours.rules', `# 社内\n${rule('contents')}\n`);
      const refusal = user.ips.refused(2);
      await refusal.getByText(user.t('ips.place', { line: 2, column: rule('contents').indexOf('contents') + 1 })).waitFor();
      await refusal.getByText(/contents/).first().waitFor();
      await refusal.getByText(`sid ${sid}`).waitFor();
      await office.shot(user, 'ips-refused');
      await user.ips.confirm();
      assert.equal(await user.ips.refused(2).isVisible(), true, 'it is not taken');
    });

    it('that is mended is saved, and has no effect until it is delivered', async () => {
      await user.ips.text.fill(rule('content'));
      await user.ips.confirm();
      await user.ips.rules(title).waitFor();
      await user.policy.save();
      await user.banner.waitFor();
      assert.equal(bytesAreFetched(), true);
    });

    it('acts when it is delivered, on what it is about alone', async () => {
      await user.delivery.deliverAll(title);
      await user.delivery.waitForGateway(gateway, 'succeeded');
      await user.delivery.close();
      assert.equal(bytesAreFetched(), false);
      assert.equal(pageIsFetched(), true);
    });

    it('is named in the log, with its number and what it did', async () => {
      await user.go('log');
      await user.page.getByRole('search').getByRole('textbox', { name: user.t('log.type') }).click();
      await user.page.getByRole('option', { name: user.t('log.record_type.alert') }).click();
      await user.page.getByRole('button', { name: user.t('log.apply') }).click();
      const row = user.page.getByRole('row').filter({ hasText: title }).first();
      await row.getByText(user.t('action.block')).waitFor();
      await row.getByRole('button').first().click();
      await user.page.getByRole('dialog').getByText(`"signature_id": ${sid}`).waitFor();
      await office.shot(user, 'ips-event');
      await user.page.keyboard.press('Escape');
    });

    it('only reports under a profile that says so, and is gone when it is deleted', async () => {
      const profile = '【50-1】初期設定のプロファイル';
      await user.go('ips');
      await user.ips.openProfile(profile);
      await user.ips.override(String(sid), 'monitor');
      await user.ips.confirm();
      await user.policy.save();
      await user.delivery.deliverAll(`${title}: reported only`);
      await user.delivery.waitForGateway(gateway, 'succeeded');
      await user.delivery.close();
      assert.equal(bytesAreFetched(), true);
      await user.ips.open('own_rules');
      await user.ips.removeRules(title);
      await user.policy.save();
      await user.delivery.deliverAll(`${title}: deleted`);
      await user.delivery.waitForGateway(gateway, 'succeeded');
      await user.delivery.close();
      assert.equal(bytesAreFetched(), true);
      assert.deepEqual(user.complaints, []);
    });
  });
}

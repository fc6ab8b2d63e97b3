// Two administrators at the same rules at the same time.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { first, gateway, languages, Office, pageIsFetched, second } from './lab.mjs';

for (const language of languages) {
  describe(`two administrators in ${language}`, () => {
    const [hers, his] = [`her ${language}`, `his ${language}`];
    let office;
    let one;
    let two;
    before(async () => {
      office = await Office.open(language);
      one = await office.logIn(first);
      two = await office.logIn(second);
      for (const user of [one, two]) {
        await user.go('policy');
        await user.page.getByRole('button', { name: user.t('rule.add') }).waitFor();
      }
    });
    after(async () => office?.close());

    it('edit the same revision; the second to save is told who was first, and nothing of his is saved', async () => {
      await one.policy.addRule({ name: hers, action: 'block', services: ['tcp/25'] });
      await two.policy.addRule({ name: his, action: 'block', services: ['tcp/80'] });
      await one.policy.save();
      await two.policy.saveButton.click();
      const conflict = two.dialog(two.t('conflict.title'));
      await conflict.getByText(first).first().waitFor();
      await office.shot(two, 'conflict');
      await one.page.reload();
      await one.policy.row(hers).waitFor();
      assert.equal(await one.policy.row(his).count(), 0);
    });

    it('the second sees both changes, and puts his over hers', async () => {
      const { t } = two;
      const conflict = two.dialog(t('conflict.title'));
      await conflict.getByRole('button', { name: t('conflict.look') }).click();
      await conflict.getByText(t('differences.added', { rule: hers })).waitFor();
      await conflict.getByText(t('differences.added', { rule: his })).waitFor();
      await office.shot(two, 'conflict-differences');
      await conflict.getByRole('button', { name: t('conflict.review') }).click();
      await conflict.getByText(t('differences.added', { rule: his })).waitFor();
      assert.equal(await conflict.getByText(hers).count(), 0, 'only what changes in her revision is told');
      await office.shot(two, 'conflict-review');
      await conflict.getByRole('button', { name: t('conflict.save') }).click();
      await conflict.waitFor({ state: 'detached' });
      await two.policy.row(hers).waitFor();
      await two.policy.row(his).waitFor();
    });

    it('goes on from there: what both want is delivered and enforced', async () => {
      await two.delivery.deliverAll(`both ${language}`);
      await two.delivery.waitForGateway(gateway, 'succeeded');
      await two.delivery.close();
      assert.equal(pageIsFetched(), false);
    });

    it('the first, whose page is older now, cannot deliver what she has not seen', async () => {
      await two.policy.switchRule(his);
      await two.policy.save();
      await one.page.reload();
      const dialog = await one.delivery.open();
      await dialog.getByText(his).first().waitFor();
      await two.policy.switchRule(hers);
      await two.policy.save();
      await dialog.getByRole('button', { name: one.t('deliver.button') }).click();
      await dialog.getByText(one.t('deliver.stale', { user: second })).waitFor();
      await office.shot(one, 'deliver-stale');
      await dialog.getByText(hers).first().waitFor();
      await dialog.getByRole('button', { name: one.t('deliver.button') }).click();
      await one.delivery.waitForGateway(gateway, 'succeeded');
      assert.equal(pageIsFetched(), true);
      assert.deepEqual([...one.complaints, ...two.complaints], []);
    });
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { useFake } from './against.mjs';

const world = useFake();
const filter = '【50-1】URLフィルタリング';
const last = '【50-1】標準の通信';

for (const language of ['ja', 'en']) {
  test(`${language}: a rule is added, moved and switched, saved, delivered and taken back`, async (context) => {
    const user = await world.open(language);
    const { page, policy, delivery, t } = user;
    context.after(() => user.close());
    const rule = `${language} 遮断`;

    await user.go('policy');
    await policy.addRule({ name: rule, action: 'block', source: ['192.168.1.20'], destination: ['198.51.100.0/24'], services: ['tcp/443'] });
    assert.equal((await policy.order())[0], rule);
    await policy.moveWithKeyboard(rule, 2);
    assert.equal((await policy.order())[2], rule);
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'rule-handle-2', 'the handle keeps the focus');
    await policy.drag(rule, last);
    assert.equal((await policy.order()).at(-1), rule);
    await policy.drag(rule, filter);
    const order = await policy.order();
    assert.equal(order.indexOf(rule), order.indexOf(filter) + 1);
    await policy.switchRule(filter);
    await policy.save();

    await page.reload();
    assert.deepEqual(await policy.row(rule).waitFor().then(() => policy.order()), order, 'what was saved is there again');
    assert.equal(await policy.row(filter).getByRole('switch').isChecked(), false);
    await user.banner.getByText(t('deliver.banner')).waitFor();

    const dialog = await delivery.open();
    await dialog.getByText(rule).first().waitFor();
    await page.keyboard.press('Escape');
    await delivery.deliverAll(`first ${language}`);
    await delivery.waitForGateway('東京-01', 'succeeded');
    await delivery.waitForGateway('福岡-01', 'delivering');
    await delivery.waitForGateway('札幌-01', 'waiting_for_enrolment');
    await page.getByRole('dialog').getByText(t('status.waits_enrolment')).waitFor();
    assert.equal(await delivery.counter('waiting_for_enrolment'), 1);
    assert.equal(await delivery.counter('failed'), 0);
    await delivery.close();
    await user.banner.waitFor({ state: 'detached' });

    await policy.row(rule).waitFor();
    await policy.switchRule(rule);
    await policy.save();
    await delivery.deliverAll(`second ${language}`);
    await delivery.close();
    await user.go('versions');
    const first = page.getByRole('row').filter({ hasText: `first ${language}` });
    await first.getByRole('button', { name: t('versions.differences') }).click();
    await page.getByRole('dialog').getByText(rule).waitFor();
    await page.keyboard.press('Escape');
    await first.getByRole('button', { name: new RegExp('^' + t('common.actions_of', { name: '.*' })) }).click();
    await page.getByRole('menuitem', { name: t('versions.return') }).click();
    await page.getByRole('dialog').getByRole('button', { name: t('versions.return') }).click();
    await user.banner.waitFor();
    await user.go('policy');
    await policy.row(rule).waitFor();
    assert.equal(await policy.row(rule).getByRole('switch').isChecked(), true, 'the first version is what is saved now');
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: two administrators cannot overwrite each other silently`, async (context) => {
    const [one, two] = [await world.open(language), await world.open(language, 'second@example.com')];
    context.after(() => Promise.all([one.close(), two.close()]));
    for (const user of [one, two]) {
      await user.go('policy');
      await user.policy.row(last).waitFor();
    }
    await one.policy.addRule({ name: `${language} one`, action: 'block', services: ['tcp/25'] });
    await two.policy.addRule({ name: `${language} two`, action: 'block', services: ['tcp/23'] });
    await one.policy.save();
    await two.policy.saveButton.click();

    const { page, t } = two;
    const conflict = two.dialog(t('conflict.title'));
    await conflict.getByText('customer@example.com').first().waitFor();
    await conflict.getByRole('button', { name: t('conflict.look') }).click();
    await conflict.getByText(t('differences.added', { rule: `${language} one` })).waitFor();
    await conflict.getByText(t('differences.added', { rule: `${language} two` })).waitFor();
    await conflict.getByRole('button', { name: t('conflict.review') }).click();
    assert.equal(await conflict.getByText(`${language} one`).count(), 0, 'only what changes in their revision is listed');
    await conflict.getByRole('button', { name: t('conflict.save') }).click();
    await conflict.waitFor({ state: 'detached' });
    await page.reload();
    await two.policy.row(`${language} one`).waitFor();
    await two.policy.row(`${language} two`).waitFor();

    await one.policy.switchRule(last);
    await one.policy.saveButton.click();
    const again = one.dialog(one.t('conflict.title'));
    await again.getByRole('button', { name: one.t('conflict.discard') }).click();
    await one.policy.row(`${language} two`).waitFor();
    assert.equal(await one.policy.row(last).getByRole('switch').isChecked(), true, 'the discarded edit is gone');
  });

  test(`${language}: mistakes are told where they belong, and unsaved edits are not lost by accident`, async (context) => {
    const user = await world.open(language);
    const { page, policy, t } = user;
    context.after(() => user.close());
    await user.go('policy');
    await policy.openNewRule();
    await policy.fillRule({ name: 'wrong', action: 'block', source: ['10.0.0.4-10.0.0.1'] });
    await policy.confirmRule();
    await page.getByText(t('mistake.not_an_address', { value: '10.0.0.4-10.0.0.1' })).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: t('leave.discard') }).click();

    await policy.openNewRule();
    await policy.fillRule({ name: `${language} refused`, action: 'block' });
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('group', { name: t('rule.source') }).getByText(t('endpoint.some'), { exact: true }).click();
    await policy.fillTags(dialog.getByLabel(t('endpoint.users')), ['refused-by-the-console']);
    await policy.confirmRule();
    await policy.saveButton.click();
    await policy.row(`${language} refused`).getByText('names no user').waitFor();

    await page.getByRole('navigation').getByRole('link', { name: t('nav.dashboard') }).click();
    await page.getByRole('dialog').getByText(t('leave.text')).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: t('common.cancel') }).click();
    await page.getByRole('button', { name: t('save_bar.discard') }).click();
    await policy.row(`${language} refused`).waitFor({ state: 'detached' });
    await user.go('dashboard');
  });
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { useFake } from './against.mjs';

const world = useFake();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong by WCAG 2.1 A and AA, one line for each element. */
async function findings(page) {
  // The library's menus begin with an element that only takes the focus; screen readers pass over it.
  const rules = { 'aria-required-children': { enabled: (await page.getByRole('menu').count()) === 0 } };
  await page.waitForTimeout(300); // colours while a dialog fades in are not those that are read
  await page.evaluate(axe);
  const { violations } = await page.evaluate((chosen) => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'], rules: chosen }), rules);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary.replaceAll('\n', ' ')}`));
}

for (const scheme of ['light', 'dark']) {
  test(`${scheme}: every page can be used with a screen reader and read`, async (context) => {
    const user = await world.open('en', 'admin@example.com');
    const { page, policy, delivery, t } = user;
    context.after(() => user.close());
    if (scheme === 'dark') await page.getByRole('button', { name: t('header.color_scheme') }).click();
    const found = [];
    const look = async (where) => found.push(...(await findings(page)).map((line) => `${where}: ${line}`));

    for (const name of ['dashboard', 'gateways', 'log', 'administration', 'policy']) {
      await user.go(name);
      await page.locator('table.grid tbody tr').first().waitFor();
      await look(name);
    }
    await policy.addRule({ name: 'a', action: 'block', source: ['10.0.0.1'] });
    await page.getByRole('button', { name: 'a', exact: true }).click();
    await page.getByRole('dialog').waitFor();
    await look('rule');
    await user.picker.open('applications');
    await user.picker.click(user.picker.group('streaming'));
    await look('categories of applications');
    await user.picker.enter('adult_gambling');
    await look('applications');
    await user.picker.search('applications', 'google');
    await user.picker.click(user.picker.item('google'));
    await look('applications found');
    await user.picker.done();
    await look('rule with content');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: t('leave.discard'), exact: true }).click();
    await policy.row('a').getByRole('button', { name: t('common.actions_of', { name: 'a' }) }).click();
    await look('rule menu');
    await page.keyboard.press('Escape');
    await user.objects.open('addresses');
    await look('objects');
    await page.getByRole('button', { name: t('object.add'), exact: true }).click();
    await user.objects.fill('', 'wrong');
    await look('object');
    await page.getByRole('dialog').getByRole('button', { name: t('common.cancel') }).click();
    await page.getByRole('button', { name: t('leave.discard'), exact: true }).click();
    await user.objects.askToRemove('社内LAN');
    await look('object in use');
    await page.keyboard.press('Escape');
    await policy.save();
    await delivery.open();
    await look('deliver');
    await page.getByRole('dialog').press('Escape');
    await delivery.deliverAll('FAIL');
    await delivery.waitForGateway('大阪-01', 'failed');
    await look('status');
    await delivery.close();
    await user.go('administration');
    await page.getByRole('button', { name: t('users.assign') }).click();
    await page.getByRole('dialog').waitFor();
    await look('assign');
    await page.keyboard.press('Escape');
    await user.go('ips');
    await look('profiles');
    await user.ips.openProfile('【50-1】初期設定のプロファイル');
    await user.ips.override('1 2', 'off');
    await look('profile');
    await user.ips.openSection('https_decryption');
    await user.ips.switchOf('https_decryption_enabled').click({ force: true });
    await user.ips.choose('https_decryption_untrusted_origin', 'trust');
    await look('decryption of a profile');
    await user.ips.pick('https_decryption_exempt_categories');
    await look('exempt categories');
    await user.picker.done();
    await user.ips.confirm();
    await user.ips.open('own_rules');
    await user.ips.openNewRules();
    await user.ips.text.fill('wrong\nalert ip any any -> any any (msg:"slow"; sid:1;)');
    await user.ips.confirm();
    await user.ips.refused(1).waitFor();
    await look('own rules');
    await user.ips.text.fill('alert ip any any -> any any (msg:"slow"; sid:1;)');
    await user.ips.confirm();
    await policy.save();
    await user.go('reputation');
    await user.reputation.rate('shop.example', 30);
    await user.reputation.found('shop.example/', 30);
    await look('reputation');
    await user.reputation.openImport();
    await look('feed');
    await page.keyboard.press('Escape');
    await user.go('ips');
    await user.packs.open();
    await user.packs.openNew();
    await user.packs.choose([{ name: 'axe.rules', text: 'wrong\nalert ip any any -> any any (msg:"slow"; sid:1;)' }]);
    await user.packs.form.getByText(t('packs.left_out', { number: '1' })).waitFor();
    await look('pack');
    await user.packs.publish();
    await user.packs.gateway('東京-01', 'accepted');
    await look('packs');
    await user.packs.remove('axe');
    await user.go('lists');
    await user.lists.row('*.apple.com').waitFor();
    await look('lists');
    await user.lists.openAdd();
    await user.lists.fill('http://wrong');
    await user.lists.confirm();
    await look('list entries');
    await user.lists.fill('refused-by-the-console.example');
    await user.lists.confirm();
    await policy.saveButton.click();
    await user.lists.row('refused-by-the-console.example').getByRole('alert').waitFor();
    await look('list with a mistake');
    await user.lists.remove('refused-by-the-console.example');
    await user.lists.edit('*.apple.com', '*');
    await look('list entry');
    await user.lists.fill('*.apple.com');
    await user.lists.confirm();
    await policy.save();
    await user.go('certificates');
    await page.locator('section[data-gateway="東京-01"] code').waitFor();
    await look('certificates');
    await page.locator('section[data-gateway="東京-01"]').getByRole('button', { name: t('certificates.import') }).click();
    await page.getByRole('dialog').getByText(t('certificates.loss')).waitFor();
    await look('certificate import');
    await page.keyboard.press('Escape');
    for (const name of ['versions', 'audit']) {
      await user.go(name);
      await page.locator('table.grid tbody tr').first().waitFor();
      await look(name);
    }
    for (const tenant of world.fake.state.tenants)
      tenant.bandwidth = [{ address: '192.168.1.20', user: 'taro', application: 'Zoom', category: '', bytes_out: 9e5, bytes_in: 5e6, packets_out: 1, packets_in: 1 }];
    await user.go('bandwidth');
    await page.locator('tr[data-who="192.168.1.20"] button').click();
    await page.locator('tr[data-who="Zoom"]').waitFor();
    await look('bandwidth');
    await user.go('gateways');
    await page.getByRole('button', { name: '東京-01' }).click();
    await page.getByRole('tab', { name: t('profile_section.title.https_decryption') }).click();
    await page.locator('tr[data-spared]').first().waitFor();
    await page.getByText(t('decryption.causes')).waitFor();
    await look('decryption of a gateway');
    await page.getByRole('tab', { name: t('gateway.diagnostics') }).click();
    await look('diagnostics');
    assert.deepEqual(found, []);
  });
}

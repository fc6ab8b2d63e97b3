import assert from 'node:assert/strict';
import { test } from 'node:test';

import { useFake } from './against.mjs';

const world = useFake();
const rule = (sid, keyword = 'content') => `alert http any any -> any any (msg:"ours ${sid}"; ${keyword}:"/forbidden"; sid:${sid}; rev:1;)`;

for (const language of ['ja', 'en']) {
  test(`${language}: a pack is published, goes to the gateways at once, gets a new version and the old one back`, async (context) => {
    const user = await world.open(language);
    const { page, packs, t } = user;
    context.after(() => user.close());
    const revision = () => world.fake.state.tenants[0].groups[0].draft.revision;
    const before = revision();
    await user.go('ips');
    await packs.open();
    await packs.openNew();
    await packs.publish();
    await packs.form.getByText(t('packs.mistake.no_file')).waitFor();
    await packs.choose([{ name: 'rules.tar.gz', text: 'x' }]);
    await packs.form.getByText(t('packs.mistake.not_rules')).waitFor();
    await packs.choose([{ name: 'Our Rules.rules', text: `${rule(1)}\n${rule(2, 'contents')}\n` }, { name: 'classification.config', text: '# none\n' }]);
    await packs.form.getByText("there is no keyword 'contents'").waitFor();
    await packs.form.getByText(t('packs.left_out', { number: '1' })).waitFor();
    assert.equal(await packs.form.getByLabel(t('packs.name')).inputValue(), 'our-rules');
    await packs.form.getByLabel(t('packs.notes')).fill('first');
    await packs.publish();
    await packs.row('our-rules').getByText('first').waitFor();
    await packs.gateway('東京-01', 'accepted');
    await packs.gateway('福岡-01', 'delivering'); // it is offline
    await packs.gateway('札幌-01', 'waiting_for_enrolment');
    assert.equal(revision(), before, 'the draft is what it was');

    await packs.row('our-rules').getByRole('button', { name: t('packs.new_version_of', { name: 'our-rules' }) }).click();
    await packs.choose([{ name: 'ours.rules', text: `${rule(1)}\n${rule(3)}\n` }]);
    await packs.publish();
    await packs.inForce('東京-01', 'our-rules', 2, 2, 0);
    await packs.row('our-rules').getByRole('button', { name: t('packs.return_of', { name: 'our-rules' }) }).click();
    await packs.form.getByRole('button', { name: t('packs.return'), exact: true }).click();
    await packs.inForce('東京-01', 'our-rules', 1, 1, 1);

    await packs.remove('our-rules');
    await page.getByText(t('packs.none')).waitFor();
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: a gateway that refuses its packs says why`, async (context) => {
    const user = await world.open(language);
    const { packs, t } = user;
    context.after(() => user.close());
    await user.go('ips');
    await packs.open();
    await packs.openNew();
    await packs.choose([{ name: 'refused.rules', text: rule(1) }]);
    await packs.form.getByText(t('ips.all_understood', { number: '1' })).waitFor();
    await packs.publish();
    await packs.gateway('東京-01', 'refused');
    await user.page.getByText('the rules need too much memory').first().waitFor();
    await packs.remove('refused');
    await packs.gateway('東京-01', 'accepted');
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: packs are used on a telephone`, async (context) => {
    const user = await world.open(language);
    const { page, packs, t } = user;
    context.after(() => user.close());
    await user.go('ips');
    await page.setViewportSize({ width: 390, height: 844 });
    await packs.open();
    await packs.openNew();
    await packs.choose([{ name: 'phone.rules', text: `${rule(1)}\n${rule(2, 'contents')}\n` }]);
    await packs.form.getByText(t('packs.left_out', { number: '1' })).waitFor();
    const width = () => page.evaluate(() => Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll('[role=dialog]')].map((dialog) => dialog.scrollWidth)));
    await page.waitForTimeout(400);
    assert.ok((await width()) <= 390, 'the form');
    await packs.publish();
    await packs.row('phone').waitFor();
    await page.waitForTimeout(400);
    assert.ok((await width()) <= 390, 'the tab');
    await packs.remove('phone');
    assert.deepEqual(user.complaints, []);
  });
}

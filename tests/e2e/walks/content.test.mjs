import assert from 'node:assert/strict';
import { test } from 'node:test';

import { applications } from '../fake/catalogue_routes.mjs';
import { useFake } from './against.mjs';

const world = useFake();
const shared = applications().applications.filter((one) => one.category === 'peer_to_peer').length;

for (const language of ['ja', 'en']) {
  const titled = (ja, en) => (language === 'ja' ? ja : en);

  test(`${language}: applications and URL categories are chosen by group and one by one, found, counted and removed`, async (context) => {
    const user = await world.open(language);
    const { page, policy, picker, t } = user;
    context.after(() => user.close());
    const rule = `${language} content`;
    await user.go('policy');
    await policy.openNewRule();
    await policy.fillRule({ name: rule, action: 'block' });
    await picker.open('applications');
    await picker.tab('applications', 0).waitFor();
    await picker.click(picker.group('peer_to_peer'));
    await picker.tab('applications', shared).waitFor();

    await picker.enter('social_network');
    await picker.click(picker.item('mixi'));
    await picker.tab('applications', shared + 1).waitFor();
    assert.equal(await (await picker.reveal(picker.item('hatena'))).getByRole('checkbox').isChecked(), false, 'its siblings are not chosen');
    await picker.leave('applications');
    assert.equal(await (await picker.reveal(picker.group('social_network'))).getByRole('checkbox').evaluate((box) => box.indeterminate), true);

    await picker.enter('peer_to_peer');
    await picker.click(picker.item('gnutella'));
    await picker.tab('applications', shared).waitFor();
    assert.equal(await picker.item('gnutella').getByRole('checkbox').isChecked(), false, 'one of a whole category can be left out');

    for (const words of ['ｒａｋｕｔｅｎ', '楽天', 'rakuten']) {
      await picker.search('applications', words);
      await picker.dialog.locator('[data-item^="rakuten"]').first().waitFor();
    }
    await picker.search('applications', '1600');
    await picker.item('facebook').click();
    await picker.search('applications', 'messenger');
    const part = await picker.reveal(picker.item('facebook_messenger'));
    await part.getByText(t('content.part_of', { title: 'Facebook' })).waitFor();
    await picker.chosen('facebook').getByRole('button').click();
    await picker.chosen('facebook').waitFor({ state: 'detached' });
    assert.equal(await part.getByRole('checkbox').isChecked(), false);

    await picker.dialog.getByRole('tab', { name: t('content.url_categories') }).click();
    await picker.click(picker.group('security'));
    await picker.enter('gambling');
    await picker.click(picker.item('lottery'));
    await picker.tab('url_categories', 18).waitFor();
    await picker.done();

    const form = page.getByRole('dialog').first();
    await form.getByText(t('content.tab', { title: t('content.applications'), number: shared })).waitFor();
    await form.getByRole('button', { name: t('content.remove_one', { title: titled('セキュリティリスク', 'Security risks') }) }).click();
    await policy.confirmRule();
    await policy.save();
    await policy.row(rule).getByText(t('content.tab', { title: t('content.applications'), number: shared })).waitFor();
    await policy.row(rule).getByText(titled('宝くじ', 'Lotteries')).waitFor();
    const { content } = world.fake.state.tenants[0].groups[0].draft.policy.rules[0];
    assert.deepEqual(content.url_categories, ['lottery']);
    assert.equal(content.applications.length, shared);
    assert.ok(content.applications.includes('mixi') && content.applications.includes('bittorrent') && !content.applications.includes('gnutella'));

    await page.getByRole('textbox', { name: t('policy.search') }).fill(titled('宝くじ', 'lotteries'));
    assert.deepEqual(await policy.order(), [rule], 'rules are found by what their content is called');
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: a function of an application is chosen, and none of its siblings`, async (context) => {
    const user = await world.open(language);
    const { policy, picker, t } = user;
    context.after(() => user.close());
    const rule = `${language} function`;
    await user.go('policy');
    await policy.openNewRule();
    await policy.fillRule({ name: rule, action: 'block' });
    await picker.open('applications');
    await picker.enter('streaming');
    await picker.enterItem('youtube');
    const box = (name) => picker.functionRow(`youtube/${name}`).getByRole('checkbox');
    await box('upload').click();
    await picker.tab('applications', 1).waitFor();
    assert.deepEqual(await Promise.all(['view', 'comment', 'upload', 'chat'].map((name) => box(name).isChecked())), [false, false, true, false]);
    await picker.chosen('youtube/upload').getByText(t('content.function_of', { title: 'YouTube', function: titled('アップロード', 'Upload') })).waitFor();
    await picker.leaveItem(titled('動画配信', 'Video streaming'));
    const youtube = (await picker.reveal(picker.item('youtube'))).getByRole('checkbox');
    assert.deepEqual(await youtube.evaluate((element) => [element.checked, element.indeterminate]), [false, true]);

    await youtube.click();
    await picker.chosen('youtube').waitFor();
    await picker.enterItem('youtube');
    await box('view').click();
    await picker.tab('applications', 3).waitFor();
    assert.equal(await box('view').isChecked(), false, 'one of a whole application can be left out');
    await box('comment').click();
    await box('chat').click();
    await picker.tab('applications', 1).waitFor();
    await picker.done();
    await policy.confirmRule();
    await policy.save();
    await policy.row(rule).getByText(t('content.tab', { title: t('content.applications'), number: 1 })).waitFor();
    assert.deepEqual(world.fake.state.tenants[0].groups[0].draft.policy.rules[0].content, { applications: ['youtube/upload'] });
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: a whole category is one name, and the keyboard is enough for it`, async (context) => {
    const user = await world.open(language);
    const { page, policy, picker, t } = user;
    context.after(() => user.close());
    await user.go('policy');
    await page.getByRole('button', { name: '【50-1】アプリケーションコントロール', exact: true }).click();
    await picker.open('applications');
    const focused = () => page.evaluate(() => {
      const row = document.activeElement?.closest('[data-row]');
      return row && [Number(row.dataset.row), row.firstElementChild?.dataset.group ?? row.firstElementChild?.dataset.item];
    });
    await page.keyboard.press('Tab');
    const first = await focused();
    assert.equal(first[0], 0);
    await page.keyboard.press('End');
    assert.equal((await focused())[0], 32);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowDown');
    const last = await focused();
    await page.keyboard.press('Space');
    await picker.dialog.locator('[data-chosen]').waitFor();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    await picker.dialog.locator('[data-item]').first().waitFor();
    assert.equal((await focused())[0], 0, 'the first item of the group has the focus');
    await page.keyboard.press('ArrowLeft');
    await picker.dialog.locator('[data-group]').first().waitFor();
    assert.deepEqual(await focused(), first, 'the group that was left has it again');
    await page.keyboard.press('Escape');
    await picker.dialog.waitFor({ state: 'detached' });
    await policy.confirmRule();
    await policy.save();
    assert.deepEqual(world.fake.state.tenants[0].groups[0].draft.policy.rules[0].content, { applications: [`category:${last[1]}`] });
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: on a narrow screen nothing is wider than it, and a long list has few elements`, async (context) => {
    const user = await world.open(language);
    const { page, policy, picker } = user;
    context.after(() => user.close());
    await user.go('policy');
    await page.setViewportSize({ width: 390, height: 844 });
    await policy.openNewRule();
    await picker.open('applications');
    await picker.search('applications', 'e');
    const list = picker.dialog.locator('.window-list').first();
    await list.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
    const last = await picker.dialog.locator('[data-row]').first().getAttribute('aria-setsize');
    assert.ok(Number(last) > 1000);
    await list.locator(`[aria-posinset="${last}"]`).waitFor();
    assert.ok((await list.locator('[data-row]').count()) < 40);
    const widths = await page.evaluate(() => [document.documentElement.scrollWidth, ...[...document.querySelectorAll('.pick-columns, .window-list, .pick-row')].map((element) => element.scrollWidth)]);
    assert.ok(Math.max(...widths) <= 390, `${Math.max(...widths)} pixels`);
    assert.deepEqual(user.complaints, []);
  });
}

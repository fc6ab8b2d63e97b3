import assert from 'node:assert/strict';
import { test } from 'node:test';

import { useFake } from './against.mjs';

const world = useFake();
const provider = 'admin@example.com';

for (const language of ['ja', 'en']) {
  test(`${language}: a feed is imported with its mistakes, replaced and deleted`, async (context) => {
    const user = await world.open(language, provider);
    const { page, reputation, t } = user;
    context.after(() => user.close());
    await user.go('reputation');
    await page.getByText(t('reputation.no_feeds')).waitFor();
    await reputation.openImport();
    await reputation.import();
    await reputation.form.getByText(t('reputation.mistake.no_file')).waitFor();
    await reputation.choose('broken.json', '{');
    await reputation.import();
    await reputation.form.getByText('line 1, column 1').waitFor();
    await reputation.choose('Phishing List.txt', 'bad.example\nex ample\nworse.example\n');
    await reputation.form.getByLabel(t('reputation.name'), { exact: true }).fill('phishing');
    await reputation.import();
    await reputation.form.locator('[data-mistake="line 2"]').getByText("'ex ample' has more than one word").waitFor();
    await reputation.closeReport('phishing');
    await reputation.feed('phishing').getByText('2', { exact: true }).waitFor();
    await reputation.lookUp('https://www.bad.example/x');
    await reputation.found('bad.example/', 0);

    await reputation.feed('phishing').getByRole('button', { name: t('reputation.mistakes_of', { name: 'phishing' }) }).click();
    await reputation.form.locator('[data-mistake="line 2"]').waitFor();
    await page.keyboard.press('Escape');
    await reputation.feed('phishing').getByRole('button', { name: t('reputation.replace_of', { name: 'phishing' }) }).click();
    await reputation.choose('new.txt', 'other.example\n');
    await reputation.import();
    await reputation.closeReport('phishing');
    await reputation.lookUp('bad.example');
    await reputation.found('unrated');
    await reputation.remove(reputation.feed('phishing'), 'phishing', 'reputation.remove_feed');
    await page.getByText(t('reputation.no_feeds')).waitFor();
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: a host is rated by hand, found, and no longer rated`, async (context) => {
    const user = await world.open(language, provider);
    const { page, reputation, t } = user;
    context.after(() => user.close());
    await user.go('reputation');
    await reputation.rate('http://a..b/', 5);
    await page.getByText('nothing between two dots').waitFor();
    await reputation.rate('shop.example', 30, language === 'ja' ? 'フィッシング' : 'Phishing');
    await reputation.found('shop.example/', 30);
    await reputation.rating('shop.example/').getByText(t('reputation.blocked_by.medium')).waitFor();
    await reputation.lookUp('www.shop.example');
    await reputation.found('shop.example/', 30);
    await reputation.remove(reputation.rating('shop.example/'), 'shop.example/', 'reputation.remove_rating');
    await reputation.lookUp('shop.example');
    await reputation.found('unrated');
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: the page is used on a telephone, and is not there for customers`, async (context) => {
    const user = await world.open(language, provider);
    const { page, reputation } = user;
    context.after(() => user.close());
    await user.go('reputation');
    await page.setViewportSize({ width: 390, height: 844 });
    await reputation.rate(`${'long-'.repeat(11)}label.example`, 80);
    await reputation.rating(`${'long-'.repeat(11)}label.example/`).waitFor();
    await page.waitForTimeout(400);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390, 'the page');
    assert.deepEqual(user.complaints, []);
    const customer = await world.open(language);
    context.after(() => customer.close());
    assert.equal(await customer.page.getByRole('navigation').getByRole('link', { name: customer.t('nav.reputation'), exact: true }).count(), 0);
  });
}

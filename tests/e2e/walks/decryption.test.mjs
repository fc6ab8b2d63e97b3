import assert from 'node:assert/strict';
import { test } from 'node:test';

import { useFake } from './against.mjs';

const world = useFake();

for (const language of ['ja', 'en']) {
  test(`${language}: a gateway tells what it decrypts, and what it spares is decrypted again`, async (context) => {
    const user = await world.open(language);
    const { page, t } = user;
    context.after(() => user.close());
    const pair = (name) => page.locator(`tr[data-spared="${name}"]`);
    const remove = (client, host) => page.getByRole('button', { name: t('spared.remove_one', { client, host }) }).click();
    await user.go('gateways');
    await page.getByRole('button', { name: '東京-01' }).click();
    await page.getByRole('tab', { name: t('profile_section.title.https_decryption') }).click();

    const figures = page.getByRole('region', { name: t('decryption.figures') });
    const figure = (name) => figures.getByRole('row', { name: t(`decryption.figure.${name}`) });
    await figure('opened').getByText('1,234').waitFor();
    await figure('not_tls').getByText('7', { exact: true }).waitFor();
    assert.equal(await figure('no_room').count(), 0, 'nothing ended for it');
    await figures.getByText(t('decryption.away', { away: 1, workers: 2 })).waitFor();

    await pair('192.168.1.20 pinned.example').getByText(t('spared.failure.client_refused')).waitFor();
    await pair('192.168.1.21 later.example').getByText('of_a_later_version').waitFor();
    const until = await pair('2001:db8::20 mutual.example').locator('td').nth(3).innerText();
    const left = Date.parse(`${until} GMT+0900`) - Date.now();
    assert.ok(left > 3_500_000 && left <= 3_600_000, `${until} is not in an hour`);

    await remove('192.168.1.20', 'pinned.example');
    await pair('192.168.1.20 pinned.example').waitFor({ state: 'detached' });
    world.fake.state.spared = world.fake.state.spared.filter(({ host }) => host !== 'mutual.example'); // its time is over
    await remove('2001:db8::20', 'mutual.example');
    await page.getByText("dataplane: connections of 2001:db8::20 to 'mutual.example' are not spared").waitFor();
    await pair('2001:db8::20 mutual.example').waitFor({ state: 'detached' });

    await page.getByRole('button', { name: t('spared.clear') }).click();
    await user.dialog(t('spared.clear')).getByText(t('spared.clear_text')).waitFor();
    await user.dialog(t('spared.clear')).getByRole('button', { name: t('spared.clear') }).click();
    await page.getByText(t('spared.none')).waitFor();
    await page.keyboard.press('Escape');

    world.fake.state.tenants[0].gateways.find(({ name }) => name === '大阪-01').online = false;
    await page.getByRole('button', { name: '大阪-01' }).click();
    await page.getByRole('tab', { name: t('profile_section.title.https_decryption') }).click();
    await page.getByText(t('diagnostics.offline')).waitFor();
    assert.deepEqual(user.complaints, []);
  });
}

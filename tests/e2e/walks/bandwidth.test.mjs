import assert from 'node:assert/strict';
import { test } from 'node:test';

import { useFake } from './against.mjs';

const world = useFake();
const kib = 1024;

function traffic(address, user, application, kibOut, kibIn) {
  return { address, user, application, category: '', bytes_out: kibOut * kib, bytes_in: kibIn * kib, packets_out: 1, packets_in: 1 };
}

for (const language of ['ja', 'en']) {
  test(`${language}: who used most, what for, and back`, async (context) => {
    const user = await world.open(language);
    const { page, t } = user;
    context.after(() => user.close());
    const row = (who) => page.locator(`tr[data-who="${who}"]`);
    await user.go('bandwidth');
    await page.getByText(t('bandwidth.none')).waitFor();
    for (const tenant of world.fake.state.tenants)
      tenant.bandwidth = [traffic('192.168.1.20', 'taro', 'YouTube', 10, 290), traffic('192.168.1.20', 'taro', 'Zoom', 50, 50), traffic('192.168.1.30', '', 'Zoom', 20, 80)];
    await page.getByRole('button', { name: t('common.refresh') }).click();
    await row('192.168.1.20').getByText('340 KiB').waitFor();
    assert.equal(await page.locator('tbody tr').first().getAttribute('data-who'), '192.168.1.20');
    await row('192.168.1.30').getByText('20%').waitFor();
    await page.getByRole('img', { name: t('bandwidth.chart', { most: '300 KiB' }) }).waitFor();

    await row('192.168.1.20').getByRole('button').click();
    await row('YouTube').getByText('75%').waitFor();
    await row('Zoom').getByText('25%').waitFor();
    await row('Zoom').getByRole('button').click();
    await row('192.168.1.20').getByText('100%').waitFor();
    assert.equal(await row('192.168.1.30').count(), 0);
    await page.getByRole('button', { name: t('bandwidth.no_longer_only', { who: '192.168.1.20' }) }).click();
    await row('192.168.1.30').getByText('50%').waitFor();
    await page.goBack();
    assert.equal(await row('192.168.1.30').count(), 0);

    await user.go('bandwidth');
    await page.getByText(t('bandwidth.by.user'), { exact: true }).click();
    await row('taro').getByText('80%').waitFor();
    await row('').getByText(t('bandwidth.others')).waitFor();
    await page.getByText(t('bandwidth.period.week'), { exact: true }).click();
    await page.waitForURL(/period=week/);
    assert.deepEqual(user.complaints, []);
  });
}

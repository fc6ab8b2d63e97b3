export class DeliveryDialogs {
  constructor(console) {
    this.console = console;
    this.page = console.page;
    this.t = console.t;
  }

  /** Clicks Deliver all on the banner; what is about to be delivered is shown. */
  async open() {
    await this.console.banner.getByRole('button', { name: this.t('deliver.button') }).click();
    return this.console.dialog(this.t('deliver.title'));
  }

  async deliverAll(comment = '') {
    const dialog = await this.open();
    await dialog.getByLabel(this.t('deliver.comment')).fill(comment);
    await dialog.getByRole('button', { name: this.t('deliver.button') }).click();
    await this.page.locator('[data-counter="succeeded"]').first().waitFor();
  }

  /** What a counter of the status dialog says, like 成功: 2. */
  async counter(state) {
    const text = await this.page.getByRole('dialog').locator(`[data-counter="${state}"]`).innerText();
    return Number(text.replace(/^.*:\s*/, ''));
  }

  /** Waits until the gateway called `gateway` is told as `state` in the open status dialog. */
  async waitForGateway(gateway, state, milliseconds = 30_000) {
    const row = this.page.getByRole('dialog').getByRole('row').filter({ hasText: gateway });
    await row.locator(`[data-state="${state}"]`).waitFor({ timeout: milliseconds });
  }

  async close() {
    await this.page.getByRole('dialog').getByRole('button', { name: this.t('common.close') }).last().click();
    await this.page.getByRole('dialog').waitFor({ state: 'detached' });
  }
}

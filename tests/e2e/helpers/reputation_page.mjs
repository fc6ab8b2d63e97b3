/** The page of web reputation: feeds, and ratings by hand. */
export class ReputationPage {
  constructor(console) {
    this.console = console;
    this.page = console.page;
    this.t = console.t;
  }

  get form() {
    return this.page.getByRole('dialog').first();
  }

  async lookUp(url) {
    await this.page.getByLabel(this.t('reputation.url'), { exact: true }).fill(url);
    await this.page.getByRole('button', { name: this.t('reputation.look_up'), exact: true }).click();
  }

  /** Waits until the answer is of that expression; "unrated": of none. */
  async found(expression, score) {
    const answer = this.page.locator(`[data-found="${expression}"]`);
    await (score === undefined ? answer : answer.locator(`[data-score="${score}"]`)).waitFor();
  }

  async rate(url, score, category) {
    await this.page.getByLabel(this.t('reputation.url'), { exact: true }).fill(url);
    await this.page.getByLabel(this.t('reputation.score'), { exact: true }).fill(String(score));
    if (category !== undefined) {
      await this.page.getByRole('textbox', { name: this.t('reputation.category'), exact: true }).fill(category);
      await this.page.getByRole('option', { name: category, exact: true }).click();
    }
    await this.page.getByRole('button', { name: this.t('reputation.rate'), exact: true }).click();
  }

  rating(expression) {
    return this.page.locator(`tr[data-rating="${expression}"]`);
  }

  feed(name) {
    return this.page.locator(`tr[data-feed="${name}"]`);
  }

  async openImport() {
    await this.page.getByRole('button', { name: this.t('reputation.import'), exact: true }).click();
    await this.form.waitFor();
  }

  /** A file of the user's machine goes into the open form. */
  async choose(name, text) {
    const chooser = this.page.waitForEvent('filechooser');
    await this.form.getByRole('button', { name: this.t('reputation.choose_file') }).click();
    await (await chooser).setFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
  }

  async import() {
    await this.form.getByRole('button', { name: this.t('reputation.import_now'), exact: true }).click();
  }

  /** Closes what is told of a feed that was imported. */
  async closeReport(name) {
    await this.console.dialog(this.t('reputation.imported_title', { name })).getByText(this.t('common.close'), { exact: true }).click();
    await this.form.waitFor({ state: 'detached' });
  }

  async remove(row, name, title) {
    await row.getByRole('button', { name: this.t('object.remove_one', { name }) }).click();
    await this.console.dialog(this.t(title)).getByRole('button', { name: this.t('common.remove'), exact: true }).click();
    await row.waitFor({ state: 'detached' });
  }
}

export class PolicyPage {
  constructor(console) {
    this.console = console;
    this.page = console.page;
    this.t = console.t;
  }

  row(name) {
    return this.page.locator(`tr[data-rule="${name}"]`);
  }

  /** The names of the rules from the top. */
  async order() {
    return this.page.locator('tr[data-rule]').evaluateAll((rows) => rows.map((row) => row.dataset.rule));
  }

  /** Fills in the form of a new rule: `action` allow, block or monitor; `source`, `destination` are addresses, `services` like tcp/443. */
  async fillRule({ name, action, source = [], destination = [], services = [] }) {
    const { page, t } = this;
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(t('rule.name')).fill(name);
    await dialog.getByText(t(`action.${action}`), { exact: true }).click();
    await this.fillAddresses(dialog, t('rule.source'), source);
    await this.fillAddresses(dialog, t('rule.destination'), destination);
    await this.fillTags(dialog.getByLabel(t('rule.services'), { exact: true }), services);
  }

  async fillAddresses(dialog, legend, values) {
    if (values.length === 0) return;
    const field = dialog.getByRole('group', { name: legend });
    await field.getByText(this.t('endpoint.some'), { exact: true }).click();
    await this.fillTags(field.getByLabel(this.t('endpoint.addresses')), values);
  }

  async fillTags(input, values) {
    for (const value of values) {
      await input.fill(value);
      await input.press('Enter');
    }
  }

  async openNewRule() {
    await this.page.getByRole('button', { name: this.t('rule.add') }).click();
    await this.page.getByRole('dialog').waitFor();
  }

  /** Adds a rule to the edits on the page; it comes on top. */
  async addRule(rule) {
    await this.openNewRule();
    await this.fillRule(rule);
    await this.confirmRule();
    await this.row(rule.name).waitFor();
  }

  async confirmRule() {
    await this.page.getByRole('dialog').getByRole('button', { name: this.t('common.ok'), exact: true }).click();
  }

  async moveWithKeyboard(name, steps) {
    const key = steps < 0 ? 'ArrowUp' : 'ArrowDown';
    await this.row(name).getByRole('button', { name: this.t('rule.handle', { name }) }).focus();
    for (let step = 0; step < Math.abs(steps); ++step) await this.page.keyboard.press(key);
  }

  async drag(name, ontoName) {
    const handle = this.row(name).getByRole('button', { name: this.t('rule.handle', { name }) });
    const target = await this.row(ontoName).boundingBox();
    await handle.dragTo(this.row(ontoName), { targetPosition: { x: 40, y: target.height - 3 } });
  }

  async switchRule(name) {
    await this.row(name).getByRole('switch').click();
  }

  get saveButton() {
    return this.page.getByRole('region', { name: this.t('save_bar.label') }).getByRole('button', { name: this.t('common.save') });
  }

  /** Saves the edits, and waits until the console has them. */
  async save() {
    await this.saveButton.click();
    await this.saveButton.waitFor({ state: 'detached' });
  }
}

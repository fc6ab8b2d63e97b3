/** The tabs of the policy page that have its named objects. */
export class ObjectTable {
  constructor(console) {
    this.console = console;
    this.page = console.page;
    this.t = console.t;
  }

  /** `section`: addresses, fqdns, macs, services, url_categories, applications or users. */
  async open(section) {
    await this.page.getByRole('tab', { name: this.t(`policy.objects.${section}`) }).click();
    await this.page.getByRole('button', { name: this.t('object.add'), exact: true }).waitFor();
  }

  row(name) {
    return this.page.locator(`tr[data-object="${name}"]`);
  }

  async fill(name, values) {
    const dialog = this.page.getByRole('dialog');
    await dialog.getByLabel(this.t('object.name'), { exact: true }).fill(name);
    await dialog.getByLabel(this.t('object.values'), { exact: true }).fill(values);
    await dialog.getByRole('button', { name: this.t('common.ok'), exact: true }).click();
  }

  async add(name, values) {
    await this.page.getByRole('button', { name: this.t('object.add'), exact: true }).click();
    await this.fill(name, values);
    await this.row(name).waitFor();
  }

  async edit(name, { newName = name, values }) {
    await this.row(name).getByRole('button', { name: this.t('object.edit_one', { name }) }).click();
    await this.fill(newName, values);
    await this.row(newName).waitFor();
  }

  /** The open form of a user: `lists` has groups, addresses and macs. */
  async fillUser(name, lists) {
    const dialog = this.page.getByRole('dialog');
    await dialog.getByLabel(this.t('object.name'), { exact: true }).fill(name);
    for (const [field, values] of Object.entries(lists)) await this.console.policy.fillTags(dialog.getByLabel(this.t(`user_object.${field}`), { exact: true }), values);
    await dialog.getByRole('button', { name: this.t('common.ok'), exact: true }).click();
  }

  async addUser(name, lists) {
    await this.page.getByRole('button', { name: this.t('object.add'), exact: true }).click();
    await this.fillUser(name, lists);
    await this.row(name).waitFor();
  }

  /** The open form of an own application: `hosts`, and one server's `addresses` and `services`. */
  async fillApplication(name, { title, hosts, addresses, services }) {
    const dialog = this.page.getByRole('dialog');
    await dialog.getByLabel(this.t('object.name'), { exact: true }).fill(name);
    if (title !== undefined) await dialog.getByLabel(this.t('object.title'), { exact: true }).fill(title);
    if (hosts !== undefined) await dialog.getByLabel(this.t('application_object.hosts'), { exact: true }).fill(hosts);
    if (addresses || services) await dialog.getByRole('button', { name: this.t('application_object.add_server') }).click();
    if (addresses) await this.console.policy.fillTags(dialog.getByLabel(this.t('application_object.addresses'), { exact: true }), addresses);
    if (services) await this.console.policy.fillTags(dialog.getByLabel(this.t('application_object.services'), { exact: true }), services);
    await dialog.getByRole('button', { name: this.t('common.ok'), exact: true }).click();
  }

  /** Opens the question, or the refusal, of deleting it. */
  async askToRemove(name) {
    await this.row(name).getByRole('button', { name: this.t('object.remove_one', { name }) }).click();
    return this.console.dialog(this.t('object.remove'));
  }
}

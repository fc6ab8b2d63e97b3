// The console as a user meets it. Knows nothing of the server behind it: base URL and log-in are given.
import { ContentPicker } from './content_picker.mjs';
import { DeliveryDialogs } from './delivery_dialogs.mjs';
import { IpsPage } from './ips_page.mjs';
import { ListsPage } from './lists_page.mjs';
import { PacksTab } from './packs_tab.mjs';
import { ObjectTable } from './object_table.mjs';
import { PolicyPage } from './policy_page.mjs';
import { ReputationPage } from './reputation_page.mjs';
import { translator } from './translations.mjs';

export class ConsolePage {
  /** Opens the console in a browser context of its own, in `language` ("ja" or "en"). */
  static async open(browser, { baseUrl, language, ignoreHTTPSErrors = false }) {
    const context = await browser.newContext({
      baseURL: baseUrl, locale: language === 'ja' ? 'ja-JP' : 'en-GB', timezoneId: 'Asia/Tokyo', viewport: { width: 1360, height: 860 }, ignoreHTTPSErrors,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const opened = new ConsolePage(page, language);
    await page.goto('/');
    return opened;
  }

  constructor(page, language) {
    this.page = page;
    this.language = language;
    this.t = translator(language);
    this.policy = new PolicyPage(this);
    this.objects = new ObjectTable(this);
    this.picker = new ContentPicker(this);
    this.ips = new IpsPage(this);
    this.lists = new ListsPage(this);
    this.packs = new PacksTab(this);
    this.reputation = new ReputationPage(this);
    this.delivery = new DeliveryDialogs(this);
    /** What the page's scripts complained about; a walk wants it empty. */
    this.complaints = [];
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) this.complaints.push(message.text());
    });
  }

  async logIn(login, password) {
    const { page, t } = this;
    await page.getByRole('textbox', { name: t('log_in.login') }).fill(login);
    await page.getByLabel(t('log_in.password'), { exact: true }).fill(password);
    await page.getByRole('button', { name: t('log_in.button') }).click();
    await this.heading(t('nav.dashboard')).waitFor();
  }

  heading(name) {
    return this.page.getByRole('heading', { level: 1, name });
  }

  /** `page`: the last part of the address: dashboard, gateways, policy, lists, ips, versions, bandwidth, log, reputation, audit, administration. */
  async go(page) {
    await this.page.getByRole('navigation').getByRole('link', { name: this.t(`nav.${page}`), exact: true }).click();
    await this.page.waitForURL(`**/${page}**`);
  }

  dialog(name) {
    return this.page.getByRole('dialog', { name });
  }

  get banner() {
    return this.page.getByTestId('pending-banner');
  }

  async close() {
    await this.page.context().close();
  }
}

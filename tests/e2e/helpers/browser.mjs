// A headless Chromium of the system, quiet towards the outside.
import { chromium } from 'playwright-core';

const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** A browser without any state; every context of it is a user of his own. */
export async function startBrowser() {
  return chromium.launch({ executablePath: process.env.SEKISHO_CHROMIUM ?? '/usr/bin/chromium', headless: true, args: quiet });
}

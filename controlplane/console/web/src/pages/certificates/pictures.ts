// Schematic pictures of the screen on which a step is done; texts are keys below `certificates.picture`.

/** What stands in a line of the screen. `marked`: what the step is about. */
export interface PictureRow {
  readonly kind: 'text' | 'radio' | 'check' | 'switch' | 'field' | 'item';
  readonly text: string;
  readonly on?: boolean;
  readonly marked?: boolean;
}

export interface Picture {
  /** Of which step, from 1. */
  readonly step: number;
  readonly device: 'window' | 'telephone';
  readonly title: string;
  readonly rows: readonly PictureRow[];
  readonly buttons: readonly { readonly text: string; readonly marked?: boolean }[];
}

const bothPurposes: readonly PictureRow[] = [
  { kind: 'text', text: 'trust_question' },
  { kind: 'check', text: 'trust_sites', on: true, marked: true },
  { kind: 'check', text: 'trust_mail', on: true, marked: true },
];
const okOrCancel = [{ text: 'cancel' }, { text: 'ok', marked: true }] as const;

export const pictures = {
  windows: {
    step: 4, device: 'window', title: 'windows_title', buttons: [{ text: 'cancel' }, { text: 'next', marked: true }],
    rows: [
      { kind: 'text', text: 'windows_store' },
      { kind: 'radio', text: 'windows_automatic', on: false },
      { kind: 'radio', text: 'windows_place', on: true, marked: true },
      { kind: 'field', text: 'windows_root', marked: true },
    ],
  },
  macos: {
    step: 5, device: 'window', title: 'macos_title', buttons: [],
    rows: [
      { kind: 'text', text: 'macos_trust' },
      { kind: 'item', text: 'macos_when_used', marked: true },
      { kind: 'item', text: 'macos_ssl' },
      { kind: 'item', text: 'macos_mail' },
    ],
  },
  ios: {
    step: 6, device: 'telephone', title: 'ios_title', buttons: [],
    rows: [{ kind: 'text', text: 'ios_full_trust' }, { kind: 'switch', text: 'name', on: true, marked: true }],
  },
  android: {
    step: 3, device: 'telephone', title: 'android_title', buttons: [],
    rows: [{ kind: 'item', text: 'android_ca', marked: true }, { kind: 'item', text: 'android_user' }, { kind: 'item', text: 'android_wifi' }],
  },
  firefox: { step: 5, device: 'window', title: 'mozilla_title', rows: bothPurposes, buttons: okOrCancel },
  thunderbird: { step: 5, device: 'window', title: 'mozilla_title', rows: bothPurposes, buttons: okOrCancel },
  chrome: {
    step: 3, device: 'window', title: 'chrome_title', buttons: okOrCancel,
    rows: [
      { kind: 'check', text: 'chrome_sites', on: true, marked: true },
      { kind: 'check', text: 'chrome_mail', on: false },
      { kind: 'check', text: 'chrome_software', on: false },
    ],
  },
} as const satisfies Readonly<Record<string, Picture>>;

import { describe, expect, test } from 'vitest';

import type { NamedObject } from '../document';
import { fromSectionsForm, settingsOf, toSectionsForm, validateSections, type SectionsForm } from '../profile_sections';

const profile: NamedObject = {
  name: 'p',
  ips: { enabled: true, unknown: 1 },
  web_reputation: { sensitivity: 'high', of_a_later_version: true },
  dns: { safe_search: 'google, bing' },
};
const changed = (form: SectionsForm, section: keyof SectionsForm, values: SectionsForm['dns']): SectionsForm => ({ ...form, [section]: { ...form[section], ...values } });

describe('the sections of a profile', () => {
  test('have their defaults where nothing is written', () => {
    const form = toSectionsForm(profile);
    expect(form.ips).toEqual({
      quarantine_seconds: 0, quarantine_rules: [], capture_seconds_after: 0, capture_packets_before: 16, capture_rules: [], excluded_traffic: [], monitored_traffic: [],
      protocol_records: 'none', on_failure: 'block',
    });
    expect(form.web_reputation).toEqual({ enabled: true, sensitivity: 'high', action: 'block', on_failure: 'pass', wait_ms: 500 });
    expect(form.callbacks).toEqual({ enabled: true, action: 'block', sensitivity: 'medium', block_detected: false, sinkhole: [], excluded_hosts: [] });
    expect(form.dns).toEqual({ url_filter: false, safe_search: ['google', 'bing'], ech: 'allow', ech_names: ['cloudflare-ech.com'], encrypted_dns: 'pass' });
    expect(form.applications).toEqual({ evasion: 'log' });
    expect(form.anti_malware).toEqual({
      enabled: true, action: 'block', machine_learning: false, machine_learning_sensitivity: 'medium', machine_learning_action: 'block',
      excluded_extensions: ['png', 'gif', 'jpg', 'mp3', 'mp4', 'avi', 'mov', 'wmv'], encrypted_archives: 'pass', archive_bombs: 'block',
      max_file_megabytes: 50, large_files: 'pass', on_scan_failure: 'pass',
    });
    expect(form.https_decryption).toEqual({
      enabled: false, ports: ['443', '8443'], exempt_known_hosts: true, exempt_hosts: [], exempt_categories: ['banking', 'finance', 'government', 'health'],
      exempt_applications: [], smart_bypass: false, smart_bypass_minutes: 1440, untrusted_origin: 'show', not_tls: 'pass', encrypted_client_hello: 'pass', on_failure: 'pass',
    });
  });

  test('nothing is written that was not changed', () => {
    expect(fromSectionsForm(toSectionsForm(profile), profile)).toEqual(profile);
    expect(fromSectionsForm(toSectionsForm({ name: '' }), { name: '' })).toEqual({ name: '' });
  });

  test('what is changed is written, beside all that the page does not know', () => {
    let form = changed(toSectionsForm(profile), 'web_reputation', { sensitivity: 'low', wait_ms: 0 });
    form = changed(form, 'callbacks', { sinkhole: ['192.0.2.9'] });
    expect(fromSectionsForm(form, profile)).toEqual({
      ...profile,
      web_reputation: { sensitivity: 'low', of_a_later_version: true, wait_ms: 0 },
      callbacks: { sinkhole: ['192.0.2.9'] },
    });
  });

  const mistakes: [string, keyof SectionsForm, SectionsForm['dns'], string[]][] = [
    ['a quarantine too long', 'ips', { quarantine_seconds: 604_801 }, ['ips.quarantine_seconds not_a_number 604800']],
    ['a rule without seconds', 'ips', { quarantine_rules: ['2019401=0', '2019401'] }, ['ips.quarantine_rules wrong_value 2019401']],
    ['seconds of a rule too many', 'ips', { quarantine_rules: ['1=604801'] }, ['ips.quarantine_rules wrong_value 1=604801']],
    ['a rule that is no number', 'ips', { capture_rules: ['1', '0'] }, ['ips.capture_rules wrong_value 0']],
    ['traffic without an end', 'ips', { excluded_traffic: ['all from 192.0.2.0/24', 'all'] }, ['ips.excluded_traffic wrong_value all']],
    ['traffic of a rule that is none', 'ips', { monitored_traffic: ['any from office'] }, ['ips.monitored_traffic wrong_value any from office']],
    ['nothing of traffic between objects', 'ips', { excluded_traffic: ['2019401 from the office to 10.0.0.1', '7 to web servers'] }, []],
    ['a wait too long', 'web_reputation', { wait_ms: 2001 }, ['web_reputation.wait_ms not_a_number 2000']],
    ['a wait that is none', 'web_reputation', { wait_ms: '' }, ['web_reputation.wait_ms not_a_number 2000']],
    ['a sinkhole that is no address', 'callbacks', { sinkhole: ['here'] }, ['callbacks.sinkhole wrong_value here']],
    ['two sinkholes of a family', 'callbacks', { sinkhole: ['192.0.2.1', '192.0.2.2'] }, ['callbacks.sinkhole two_of_a_family ']],
    ['three sinkholes', 'callbacks', { sinkhole: ['192.0.2.1', '::1', '::2'] }, ['callbacks.sinkhole too_many 2']],
    ['nothing of a sinkhole of each family', 'callbacks', { sinkhole: ['192.0.2.1', '2001:db8::1'] }, []],
    ['a port that is none', 'https_decryption', { ports: ['443', '65536'] }, ['https_decryption.ports wrong_value 65536']],
    ['nothing of five ports besides the usual ones', 'https_decryption', { ports: ['443', '8443', '1', '2', '3', '4', '5'] }, []],
    ['a sixth port', 'https_decryption', { ports: ['443', '1', '2', '3', '4', '5', '6'] }, ['https_decryption.ports too_many 5']],
    ['a port of mail by default', 'https_decryption', { ports: ['443', '995'] }, ['https_decryption.ports port_of_mail 995']],
    ['a port of mail that the profile says', 'https_decryption', { ports: ['2993'] }, ['https_decryption.ports port_of_mail 2993']],
    ['nothing of a port that the profile took from mail', 'https_decryption', { ports: ['993'] }, []],
    ['an exempt host that is none', 'https_decryption', { exempt_hosts: ['*.example.com', 'example'] }, ['https_decryption.exempt_hosts wrong_value example']],
    ['a bypass of no time', 'https_decryption', { smart_bypass_minutes: 0 }, ['https_decryption.smart_bypass_minutes not_in_range 1 - 43200']],
    ['an extension with its dot', 'anti_malware', { excluded_extensions: ['png', '.exe'] }, ['anti_malware.excluded_extensions wrong_value .exe']],
    ['a size too large', 'anti_malware', { max_file_megabytes: 101 }, ['anti_malware.max_file_megabytes not_in_range 1 - 100']],
    ['a search that is not known', 'dns', { safe_search: ['altavista'] }, ['dns.safe_search wrong_value altavista']],
    ['nothing of a pattern of all names', 'dns', { ech_names: ['*', '*.example.com'] }, []],
  ];
  test.each(mistakes)('tell %s', (_, section, values, found) =>
    expect(validateSections(changed(toSectionsForm({ name: '' }), section, values), { name: '', mail: { imaps_ports: '1993, 2993' } }).map(({ section: of, setting, code, value }) => `${of}.${setting} ${code} ${value}`)).toEqual(found));

  test('need settings of their own section that can be off', () => {
    for (const settings of Object.values(settingsOf))
      for (const { needs } of settings) if (needs !== undefined) expect(settings.find(({ name }) => name === needs)?.type).toBe('boolean');
  });

  test('ports that are written as numbers are no change', () => {
    const written = { name: 'p', https_decryption: { ports: [443, 8443, 10443] } };
    expect(toSectionsForm(written).https_decryption.ports).toEqual(['443', '8443', '10443']);
    expect(fromSectionsForm(toSectionsForm(written), written)).toEqual(written);
  });

  test('have the defaults among their choices', () => {
    for (const setting of Object.values(settingsOf).flat()) if (setting.type === 'choice') expect(setting.choices).toContain(setting.byDefault);
  });
});

import { describe, expect, test } from 'vitest';

import { certificatesIn, derOf, profileOf } from '../certificate_files';

const fingerprint = '00ab'.repeat(16);
const pem = (base64: string) => `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;

describe("a certificate's files", () => {
  test('are made of the first of its PEM, whatever stands around it', () => {
    expect([...derOf(`subject=/CN=a\r\n${pem('MAMC\r\nAQE=')}${pem('MAA=')}`)]).toEqual([0x30, 3, 2, 1, 1]);
    expect(certificatesIn(pem('MAMC\nAQE=') + pem('MAA='))).toEqual(['MAMCAQE=', 'MAA=']);
    expect(() => derOf('none')).toThrow('no certificate');
  });

  test('are a profile with all of them, each with an identity of its own', () => {
    const profile = profileOf(pem('MAMCAQE=') + pem('MAA='), 'O=A & <B>, CN=C', fingerprint);
    expect(profile).toContain('<data>MAMCAQE=</data>');
    expect(profile).toContain('<data>MAA=</data>');
    expect(profile).toContain('O=A &amp; &lt;B&gt;, CN=C');
    const identities = [...profile.matchAll(/<string>([\dA-F]{8}-[\dA-F]{4}-8[\dA-F]{3}-8[\dA-F]{3}-[\dA-F]{12})<\/string>/g)].map(([, uuid]) => uuid);
    expect(new Set(identities).size).toBe(3);
  });

  test('are the same profile for the same certificate, and another one for another', () => {
    expect(profileOf(pem('MAA='), 'a', fingerprint)).toBe(profileOf(pem('MAA='), 'a', fingerprint));
    const uuids = (text: string) => text.match(/[\dA-F]{8}-[\dA-F-]{27}/g);
    expect(uuids(profileOf(pem('MAA='), 'a', '11cd'.repeat(16)))).not.toEqual(uuids(profileOf(pem('MAA='), 'a', fingerprint)));
  });
});

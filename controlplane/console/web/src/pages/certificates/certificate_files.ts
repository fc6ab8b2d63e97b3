// The certificate in the other forms that clients take, made from the one that the console has: PEM (RFC 7468).

const block = /-----BEGIN CERTIFICATE-----([A-Za-z\d+/=\s]*)-----END CERTIFICATE-----/g;

/** The base64 of each certificate, the authority's first; empty where there is none. */
export function certificatesIn(pem: string): string[] {
  return [...pem.matchAll(block)].map(([, base64]) => (base64 ?? '').replace(/\s/g, '')).filter((base64) => base64 !== '');
}

/** The authority's certificate in DER; throws where the text has none. */
export function derOf(pem: string): Uint8Array<ArrayBuffer> {
  const [first] = certificatesIn(pem);
  if (first === undefined) throw new Error('no certificate');
  return Uint8Array.from(atob(first), (character) => character.charCodeAt(0));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A UUID that stays the same for a certificate: a profile that is installed again takes the place of the one before. */
function uuidOf(fingerprint: string, part: number): string {
  const digits = (part.toString(16).padStart(2, '0') + fingerprint.toLowerCase().replace(/[^\da-f]/g, '')).padEnd(32, '0').slice(0, 32);
  return [digits.slice(0, 8), digits.slice(8, 12), `8${digits.slice(13, 16)}`, `8${digits.slice(17, 20)}`, digits.slice(20, 32)].join('-').toUpperCase();
}

/**
 * A configuration profile (.mobileconfig) for iOS, iPadOS and macOS with every certificate of `pem`. `fingerprint`: the authority's
 * SHA-256 in hexadecimal. It is not signed: devices say so before they install it.
 */
export function profileOf(pem: string, name: string, fingerprint: string): string {
  const identifier = `sekisho.authority.${fingerprint.toLowerCase().slice(0, 16)}`;
  const payloads = certificatesIn(pem).map((base64, index) => `    <dict>
      <key>PayloadType</key><string>com.apple.security.root</string>
      <key>PayloadVersion</key><integer>1</integer>
      <key>PayloadIdentifier</key><string>${identifier}.${index}</string>
      <key>PayloadUUID</key><string>${uuidOf(fingerprint, index + 1)}</string>
      <key>PayloadDisplayName</key><string>${escaped(name)}</string>
      <key>PayloadCertificateFileName</key><string>Sekisho.cer</string>
      <key>PayloadContent</key><data>${base64}</data>
    </dict>
`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>PayloadType</key><string>Configuration</string>
  <key>PayloadVersion</key><integer>1</integer>
  <key>PayloadIdentifier</key><string>${identifier}</string>
  <key>PayloadUUID</key><string>${uuidOf(fingerprint, 0)}</string>
  <key>PayloadDisplayName</key><string>${escaped(name)}</string>
  <key>PayloadContent</key>
  <array>
${payloads.join('')}  </array>
</dict>
</plist>
`;
}

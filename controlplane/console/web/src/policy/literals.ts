// Whether a text is a literal that the policy format takes. The console decides in the end; this tells the user earlier.

function octets(text: string): number[] | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const numbers = text.split('.').map(Number);
  return numbers.every((number) => number <= 255) ? numbers : undefined;
}

function groups(text: string): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const last = parts.at(-1) ?? '';
  const tail = last.includes('.') ? octets(last) : undefined;
  if (last.includes('.')) {
    if (!tail) return undefined;
    parts.pop();
  }
  if (!parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = tail ?? [];
  return [...parts.map((part) => parseInt(part, 16)), ...(tail ? [a * 256 + b, c * 256 + d] : [])];
}

function ipv6Groups(text: string): number[] | undefined {
  const halves = text.split('::');
  if (!text.includes(':') || halves.length > 2) return undefined;
  const head = groups(halves[0] ?? '');
  const tail = halves.length === 2 ? groups(halves[1] ?? '') : [];
  if (!head || !tail) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  if ((halves[0] ?? '').includes('.')) return undefined;
  const missing = 8 - head.length - tail.length;
  return missing >= 1 ? [...head, ...Array<number>(missing).fill(0), ...tail] : undefined;
}

/** Numbers of one width per family, so that two of a family compare as addresses do. */
export function parseAddress(text: string): number[] | undefined {
  return octets(text) ?? ipv6Groups(text);
}

function notAfter(first: readonly number[], last: readonly number[]): boolean {
  if (first.length !== last.length) return false;
  const at = first.findIndex((number, index) => number !== last[index]);
  return at < 0 || (first[at] ?? 0) < (last[at] ?? 0);
}

/** A single address, a range a-b or CIDR (whose host bits may be set: R058). */
export function isAddressLiteral(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash >= 0) {
    const address = parseAddress(text.slice(0, slash));
    const prefix = text.slice(slash + 1);
    return address !== undefined && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (address.length === 4 ? 32 : 128);
  }
  const dash = text.indexOf('-');
  if (dash < 0) return parseAddress(text) !== undefined;
  const first = parseAddress(text.slice(0, dash).trim());
  const last = parseAddress(text.slice(dash + 1).trim());
  return first !== undefined && last !== undefined && notAfter(first, last);
}

/** A host name of at least two labels, or `*.` and one; labels may be in any script. */
export function isHostName(text: string): boolean {
  const name = text.replace(/^\*\./, '').replace(/\.$/, '');
  const labels = name.split('.');
  if (labels.length < (text.startsWith('*.') ? 1 : 2) || name.length > 253) return false;
  if (/^\d+$/.test(labels.at(-1) ?? '')) return false; // an address, or part of one
  return labels.every((label) => label.length <= 63 && /^[\p{L}\p{N}_]([\p{L}\p{N}\p{M}_-]*[\p{L}\p{N}\p{M}_])?$/u.test(label));
}

export function isMac(text: string): boolean {
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text) || /^[0-9a-f]{2}(-[0-9a-f]{2}){5}$/i.test(text);
}

export function isCountry(text: string): boolean {
  return /^[A-Z]{2}$/.test(text);
}

const serviceLimits: Readonly<Record<string, readonly [number, number]>> = {
  tcp: [1, 65535],
  udp: [1, 65535],
  sctp: [1, 65535],
  icmp: [0, 255],
  icmpv6: [0, 255],
};

/** tcp/443, udp/5000-5100, sctp/any, icmp/8, icmpv6/any, ip/47 or any. */
export function isServiceLiteral(text: string): boolean {
  if (text === 'any') return true;
  const [protocol = '', value = '', ...rest] = text.split('/').map((part) => part.trim());
  if (rest.length > 0 || value === '') return false;
  if (value === 'any') return protocol === 'ip' || protocol in serviceLimits;
  if (protocol === 'ip') return /^\d{1,3}$/.test(value) && Number(value) >= 1 && Number(value) <= 255;
  const limits = Object.hasOwn(serviceLimits, protocol.toLowerCase()) ? serviceLimits[protocol.toLowerCase()] : undefined;
  const ports = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(value);
  if (!limits || !ports) return false;
  const first = Number(ports[1]);
  const last = Number(ports[2] ?? ports[1]);
  return first >= limits[0] && last <= limits[1] && first <= last;
}

import { describe, expect, test } from 'vitest';

import { isAddressLiteral, isCountry, isHostName, isMac, isServiceLiteral } from '../literals';

interface Table {
  name: string;
  accepts: (text: string) => boolean;
  good: string[];
  bad: string[];
}

const tables: Table[] = [
  {
    name: 'an address, range or CIDR',
    accepts: isAddressLiteral,
    good: [
      '192.168.0.1', '10.0.0.1-10.0.0.4', '10.0.0.1 - 10.0.0.4', '10.0.0.8/24', '0.0.0.0/0', '2001:db8::1', '::', '::1', '2001:db8::/32',
      '2001:db8::1-2001:db8::ff', '::ffff:192.0.2.1', '1:2:3:4:5:6:7:8', '10.0.0.1-10.0.0.1', '64:ff9b::192.0.2.33',
    ],
    bad: [
      '', '192.168.0', '192.168.0.256', '10.0.0.4-10.0.0.1', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '2001:db8::/129', '1:2:3:4:5:6:7', '1::2::3',
      '12345::', '10.0.0.1-2001:db8::1', '1:2:3:4:5:6:7:8::', 'host', '10.0.0.1-', ':1', '1:', '1.2.3.4::',
    ],
  },
  {
    name: 'a host name',
    accepts: isHostName,
    good: ['example.com', '*.example.com', 'www.例え.jp', 'a-b.example.co.jp', 'example.com.', 'xn--r8jz45g.jp', '*.jp'],
    bad: ['', 'localhost', '-a.example.com', 'a-.example.com', 'a..b', '192.168.0.1', 'a.*.com', '*', `${'a'.repeat(64)}.com`, 'a b.com'],
  },
  { name: 'a MAC address', accepts: isMac, good: ['12:34:56:78:90:ab', '12-34-56-78-90-AB'], bad: ['', '12:34:56:78:90', '12:34:56:78:90:ag', '12:34-56:78:90:ab', '1234567890ab'] },
  { name: 'a country', accepts: isCountry, good: ['JP', 'US'], bad: ['jp', 'JPN', 'J', ''] },
  {
    name: 'a service',
    accepts: isServiceLiteral,
    good: ['tcp/443', 'udp/5000-5100', 'sctp/any', 'icmp/8', 'icmp/0', 'icmpv6/any', 'ip/47', 'ip/any', 'any', 'TCP/80'],
    bad: ['', 'tcp', 'tcp/', 'tcp/0', 'tcp/65536', 'udp/5100-5000', 'icmp/256', 'ip/0', 'ip/256', 'http', 'tcp/443/1', 'constructor/1', 'tcp/4 43'],
  },
];

for (const { name, accepts, good, bad } of tables) {
  describe(name, () => {
    test.each(good)('%s is one', (text) => expect(accepts(text)).toBe(true));
    test.each(bad)("'%s' is none", (text) => expect(accepts(text)).toBe(false));
  });
}

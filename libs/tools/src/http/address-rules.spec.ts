import { describe, expect, it } from '@jest/globals';
import { AddressRules } from './address-rules.js';

const closed = new AddressRules([]);

describe('AddressRules', () => {
  it.each([
    '127.0.0.1',
    '127.8.8.8',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '0.0.0.0',
    '0.1.2.3',
    '255.255.255.255',
    '224.0.0.1',
    '240.0.0.1',
    '198.18.0.1',
    '192.0.2.1',
    '192.0.0.192',
    '::1',
    '::',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::10.0.0.1',
    '64:ff9b::8.8.8.8',
    '64:ff9b:1::a00:1',
    '2002:a00:1::',
    '2001::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '2001:db8::1',
    '::ffff:0:10.0.0.1',
    '4000::1',
    'nonsense',
    '',
  ])('refuses %s', (address) => {
    expect(closed.mayConnect('tool.example.com', address, false)).toBe(false);
  });

  it.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '::ffff:8.8.8.8', '2606:4700::1111', '2a00:1450:4001::1'])(
    'lets %s pass with TLS, and without only where it is allowed',
    (address) => {
      expect(closed.mayConnect('tool.example.com', address, false)).toBe(true);
      expect(closed.mayConnect('tool.example.com', address, true)).toBe(false);
      expect(new AddressRules(['tool.example.com']).mayConnect('tool.example.com', address, true)).toBe(true);
      expect(new AddressRules([address]).mayConnect(address, address, true)).toBe(true);
    },
  );

  it('opens a network by its address, and nothing beside it', () => {
    const rules = new AddressRules(['10.1.0.0/16', 'fd12::/64', '169.254.10.10']);
    expect(rules.mayConnect('a.example.com', '10.1.2.3', true)).toBe(true);
    expect(rules.mayConnect('a.example.com', '::ffff:10.1.2.3', true)).toBe(true);
    expect(rules.mayConnect('a.example.com', 'fd12::7', false)).toBe(true);
    expect(rules.mayConnect('a.example.com', '169.254.10.10', false)).toBe(true);
    expect(rules.mayConnect('a.example.com', '10.2.0.1', false)).toBe(false);
    expect(rules.mayConnect('a.example.com', 'fd12:0:0:1::7', false)).toBe(false);
  });

  it('opens with NAT64 only what is open behind it', () => {
    const rules = new AddressRules(['64:ff9b::/96', '10.1.0.0/16']);
    expect(rules.mayConnect('a.example.com', '64:ff9b::5db8:d822', false)).toBe(true);
    expect(rules.mayConnect('a.example.com', '64:ff9b::5db8:d822', true)).toBe(false);
    expect(rules.mayConnect('a.example.com', '64:ff9b::10.1.2.3', false)).toBe(true);
    for (const inside of ['10.0.0.1', '127.0.0.1', '169.254.169.254', '168.63.129.16'])
      expect(rules.mayConnect('a.example.com', `64:ff9b::${inside}`, false)).toBe(false);
  });

  it('opens inside networks by the name of a host, but never what tells a machine its secrets', () => {
    const rules = new AddressRules(['CRM.internal.', '*.corp.example']);
    expect(rules.mayConnect('crm.internal', '10.0.0.1', true)).toBe(true);
    expect(rules.mayConnect('crm.internal.', '127.0.0.1', true)).toBe(true);
    expect(rules.mayConnect('a.corp.example', 'fc00::1', false)).toBe(true);
    expect(rules.mayConnect('corp.example', '10.0.0.1', false)).toBe(false);
    expect(rules.mayConnect('evilcorp.example', '10.0.0.1', false)).toBe(false);
    for (const address of [
      '169.254.169.254',
      'fd00:ec2::254',
      '100.100.100.200',
      '168.63.129.16',
      '0.0.0.0',
      'fe80::1',
    ])
      expect(rules.mayConnect('crm.internal', address, false)).toBe(false);
  });

  it.each(['10.0.0.0/33', 'crm internal', '', 'http://crm', '10.1.2', '*', 'a/8'])(
    'names "%s" as wrong',
    (entry) => {
      expect(() => new AddressRules([entry])).toThrow(/neither a host name/);
    },
  );
});

import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { allowedInvalid } from '../errors.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

/** Inside networks that an operator may open by the name of a host. All others, as link-local, he must open by address. */
const INSIDE: ReadonlySet<string> = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat']);

/** Addresses where clouds tell a machine its own secrets; they lie in ranges that are otherwise harmless. */
const METADATA: readonly Network[] = ['168.63.129.16/32', '100.100.100.200/32', 'fd00:ec2::254/128'].map(
  (network) => ipaddr.parseCIDR(network),
);

/** Addresses of IPv4, wrapped for a network that reaches IPv4 by NAT64 alone (RFC 6052). */
const NAT64: Network = ipaddr.parseCIDR('64:ff9b::/96');

/** The only IPv6 space that is handed out for the public internet. */
const GLOBAL_IPV6: Network = ipaddr.parseCIDR('2000::/3');

const HOST_NAME = /^(\*\.)?([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;

/**
 * Which addresses may be connected to. Public ones always; others only where the operator has named the host
 * (`crm.internal`, `*.internal`), the address or the network (`10.1.0.0/16`).
 */
export class AddressRules {
  private readonly hosts: string[] = [];
  private readonly networks: Network[] = [];

  /** Throws GatewayError HTTP_ALLOWED_INVALID. */
  constructor(allowed: readonly string[]) {
    for (const entry of allowed) {
      const text = bare(entry);
      if (ipaddr.isValidCIDR(text)) this.networks.push(ipaddr.parseCIDR(text));
      else if (isIP(text)) this.networks.push(single(text));
      else if (HOST_NAME.test(text) && !/^[0-9.]+$/.test(text)) this.hosts.push(text);
      else throw allowedInvalid(entry);
    }
  }

  /** May `host`, which has resolved to `address`, be connected to? `plain`: without TLS. */
  mayConnect(host: string, address: string, plain: boolean): boolean {
    const parsed = parse(address);
    if (parsed === null) return false;
    if (this.networks.some((network) => within(parsed, network))) {
      // Whoever opens NAT64 means the public addresses behind it.
      const wrapped = within(parsed, NAT64) ? unwrapped(parsed as ipaddr.IPv6) : null;
      return wrapped === null || this.mayConnect(host, wrapped, plain);
    }
    const named = this.names(host);
    if (METADATA.some((network) => within(parsed, network))) return false;
    const range = parsed.range();
    const isPublic = range === 'unicast' && (parsed.kind() === 'ipv4' || within(parsed, GLOBAL_IPV6));
    return isPublic ? named || !plain : named && INSIDE.has(range);
  }

  /** Could plain http ever be right for this host? By the name alone; the address is looked at when it is known. */
  mayBePlain(host: string): boolean {
    return this.names(host) || this.networks.length > 0;
  }

  private names(host: string): boolean {
    const name = bare(host);
    return this.hosts.some((allowed) =>
      allowed.startsWith('*.') ? name.endsWith(allowed.slice(1)) : name === allowed,
    );
  }
}

function bare(host: string): string {
  return host
    .trim()
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

/** IPv6 that only wraps an IPv4 address (`::ffff:10.0.0.1`) is that address. */
function parse(address: string): Address | null {
  return ipaddr.isValid(address) ? ipaddr.process(address) : null;
}

function unwrapped(address: ipaddr.IPv6): string {
  return new ipaddr.IPv4(address.toByteArray().slice(12)).toString();
}

function single(address: string): Network {
  const parsed = ipaddr.process(address);
  return [parsed, parsed.kind() === 'ipv4' ? 32 : 128];
}

function within(address: Address, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

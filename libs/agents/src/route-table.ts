import type { LegInfo } from '#libs/contracts';
import type { RouteDocument } from './route.dto.js';

/** Name of the agent that answers a call by these routes, in their order; null: none of them fits. */
export function routed(routes: readonly RouteDocument[], info: LegInfo): string | null {
  return routes.find((route) => fits(route, info))?.agent ?? null;
}

function fits(route: RouteDocument, info: LegInfo): boolean {
  return (
    (route.platform === null || route.platform === info.platform) &&
    (route.botName === null || route.botName === info.botName) &&
    (route.to === null || (info.to !== null && calls(route.to, info.to))) &&
    Object.entries(route.parameters).every(
      ([name, value]) => Object.hasOwn(info.parameters, name) && info.parameters[name] === value,
    )
  );
}

function calls(pattern: string, called: string): boolean {
  if (!pattern.endsWith('*')) return plain(called) === plain(pattern);
  return plain(called).startsWith(plain(pattern.slice(0, -1)));
}

/** Numbers without what people put between their digits; addresses in small letters, since hosts and schemes do not tell them apart. */
function plain(address: string): string {
  const text = address.trim().toLowerCase();
  return /^[+\d\s().-]*$/.test(text) ? text.replace(/[^\d]/g, '') : text;
}

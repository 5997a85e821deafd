export type Route =
  | { readonly page: 'calls' }
  | { readonly page: 'call'; readonly callId: string }
  | { readonly page: 'history' }
  | { readonly page: 'try' }
  | { readonly page: 'setup' }
  | { readonly page: 'unknown' };

/** Of a location's hash, such as `#/calls/c1`. */
export function routeOf(hash: string): Route {
  const [page = '', rest = '', ...more] = hash.replace(/^#?\/?/, '').split('/');
  if (more.length > 0) return { page: 'unknown' };
  if (page === '' || (page === 'calls' && rest === '')) return { page: 'calls' };
  if (page === 'calls') return callRoute(rest);
  if ((page === 'history' || page === 'try' || page === 'setup') && rest === '') return { page };
  return { page: 'unknown' };
}

export function hashOf(route: Route): string {
  if (route.page === 'call') return `#/calls/${encodeURIComponent(route.callId)}`;
  return route.page === 'unknown' ? '#/calls' : `#/${route.page}`;
}

function callRoute(part: string): Route {
  try {
    return { page: 'call', callId: decodeURIComponent(part) };
  } catch {
    return { page: 'unknown' };
  }
}

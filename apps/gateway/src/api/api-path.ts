/** `GET http://any.host/api/calls`, as proxies are asked: every server must take it, and routes go by what follows the host. */
const WITH_HOST = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\\]*/i;

/** Does this path (with or without a query, or a host before it) belong to the REST interface? */
export function isApiPath(path: string): boolean {
  return /^[/\\]api(?:[/\\?]|$)/i.test(path.replace(WITH_HOST, ''));
}

/** The one path that strangers may send something to: their token. */
export function isLogIn(path: string): boolean {
  return /^[/\\]api[/\\]session[/\\]?(?:\?|$)/i.test(path.replace(WITH_HOST, ''));
}

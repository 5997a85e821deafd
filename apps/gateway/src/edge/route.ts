import type { WebSocketServer } from 'ws';
import type { EdgeServer } from '#libs/contracts';

export type EdgeWebSocketServer = WebSocketServer & EdgeServer;

/** One gateway's path, such as `/twilio/stream/:token`, and the server behind it. */
export class EdgeRoute {
  private readonly parts: readonly string[];

  constructor(
    readonly path: string,
    readonly server: EdgeWebSocketServer,
  ) {
    this.parts = path.split('/');
  }

  /** The values of the `:name` parts, or null when the path is another. One slash at the end is allowed. */
  match(path: string): Record<string, string> | null {
    const given = (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path).split('/');
    if (given.length !== this.parts.length) return null;
    const params: Record<string, string> = {};
    for (let i = 0; i < given.length; i++) {
      const part = this.parts[i]!;
      if (part.startsWith(':') && given[i] !== '') params[part.slice(1)] = given[i]!;
      else if (part !== given[i]) return null;
    }
    return params;
  }
}

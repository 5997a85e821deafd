import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import Libsql from 'libsql';
import { freePort } from '#libs/testing';
import type { TestPlace } from './test-databases.js';

/** A database that can be taken away. */
export interface Outage {
  /** Under which the database is asked so that it can be taken away. */
  readonly databaseUrl: string | null;
  begin(): Promise<void>;
  end(): Promise<void>;
  close(): Promise<void>;
}

export async function outageOf(place: TestPlace): Promise<Outage> {
  return place.databaseUrl === null ? new LockedFile(place.dataDir) : CutLine.to(place.databaseUrl);
}

/** Somebody else holds the file. */
class LockedFile implements Outage {
  readonly databaseUrl = null;
  private holder: Libsql.Database | null = null;

  constructor(private readonly dataDir: string) {}

  async begin(): Promise<void> {
    this.holder = new Libsql(join(this.dataDir, 'patchbay.db'), { timeout: 1000 });
    this.holder.exec('BEGIN EXCLUSIVE');
  }

  async end(): Promise<void> {
    this.holder?.exec('ROLLBACK');
    this.holder?.close();
    this.holder = null;
  }

  close(): Promise<void> {
    return this.end();
  }
}

/** A relay between us and the server that is cut. */
export class CutLine implements Outage {
  private readonly sockets = new Set<Socket>();
  private server: Server | null = null;

  private constructor(
    private readonly target: URL,
    private readonly port: number,
  ) {}

  static async to(url: string): Promise<CutLine> {
    const line = new CutLine(new URL(url), await freePort());
    await line.end();
    return line;
  }

  /** The line stands and brings nothing over any more. */
  stall(): void {
    for (const socket of this.sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  get databaseUrl(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  async begin(): Promise<void> {
    const { server } = this;
    if (server === null) return;
    this.server = null;
    for (const socket of this.sockets) socket.destroy();
    const closed = once(server, 'close');
    server.close();
    await closed;
  }

  async end(): Promise<void> {
    if (this.server !== null) return;
    this.server = createServer((near) => {
      const far = connect({ host: this.target.hostname, port: Number(this.target.port || 5432) });
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(socket);
        socket.once('close', () => {
          this.sockets.delete(socket);
          other.destroy();
        });
        socket.on('error', () => socket.destroy());
        socket.pipe(other);
      }
    });
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  close(): Promise<void> {
    return this.begin();
  }
}

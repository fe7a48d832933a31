/**
 * All the uploads of a connection, fair between streams: they take turns, one frame each.
 *
 * @module
 */

import type { OutgoingBody } from "../../http/message.ts";
import type { Http2Connection } from "../connection.ts";
import { StreamUpload, type UploadListener, type UploadPool } from "./stream_upload.ts";

/** The uploads of one connection. */
export class Uploads {
  readonly #machine: Http2Connection;
  readonly #pool: UploadPool;
  readonly #round: StreamUpload[] = [];
  #turn = 0;

  /**
   * @param machine The machine of the connection.
   * @param onReady Called when {@linkcode pump} can send more.
   */
  constructor(machine: Http2Connection, onReady: () => void) {
    this.#machine = machine;
    this.#pool = { held: 0, onReady };
  }

  /** Adds the content of a stream whose head was sent. */
  add(streamId: number, listener: UploadListener, body: Uint8Array | OutgoingBody): StreamUpload {
    const upload = new StreamUpload(streamId, listener, body, this.#pool);
    this.#round.push(upload);
    return upload;
  }

  /** Sends until the output of the machine is `limit` bytes long, or no upload can go on. */
  pump(limit: number): void {
    const round = this.#round;
    let stuck = 0;
    while (stuck < round.length && this.#machine.pendingOutput < limit) {
      if (this.#turn >= round.length) this.#turn = 0;
      const upload = round[this.#turn];
      if (upload === undefined) return;
      const sent = upload.send(this.#machine);
      if (upload.isOver) {
        round.splice(this.#turn, 1);
      } else {
        this.#turn++;
        stuck = sent ? 0 : stuck + 1;
      }
    }
  }
}

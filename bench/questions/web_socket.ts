/**
 * Messages of WebSockets, echoed: how many small ones a second, and how much of large ones. Not over TLS, which would
 * measure that.
 *
 * @module
 */

import type { Question } from "../harness.ts";
import { webSockets } from "../work/web_socket.ts";

/** Messages of 64 bytes, 32 under way at once. */
export const webSocketMessages: Question = {
  name: "websocket-messages",
  title: "WebSocket, 64-byte messages echoed, 32 at once",
  unit: "req/s",
  headline: true,
  contestants: ({ quick }) => {
    const count = quick ? 100 : 10_000;
    return webSockets({ size: 64, count, width: 32, figure: (ms) => count / ms * 1000 });
  },
};

/** Messages of 64 KiB, 4 under way at once. */
export const webSocketBulk: Question = {
  name: "websocket-bulk",
  title: "WebSocket, 64 KiB messages echoed, 4 at once",
  unit: "MB/s",
  headline: true,
  contestants: ({ quick }) => {
    const count = quick ? 10 : 1000;
    return webSockets({ size: 65_536, count, width: 4, figure: (ms) => count * 65_536 / ms / 1000 });
  },
};

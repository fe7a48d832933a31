/** SETTINGS: each value at the ends of its range, and those that say nothing. */

import { assertEquals, assertThrows } from "@std/assert";
import { Http2Error } from "../../http2/error.ts";
import { SettingId } from "../../http2/protocol.ts";
import { applySettings, DEFAULT_SETTINGS, type Http2Settings } from "../../http2/settings.ts";
import { settings } from "./raw_frames.ts";

const payload = (...pairs: [id: number, value: number][]) => settings(...pairs).subarray(9);

/** A setting, a value, and what it makes of the defaults. */
const TAKEN: readonly (readonly [id: number, value: number, changes: Partial<Http2Settings>])[] = [
  [SettingId.HEADER_TABLE_SIZE, 0, { headerTableSize: 0 }],
  [SettingId.HEADER_TABLE_SIZE, 0xffff_ffff, { headerTableSize: 0xffff_ffff }],
  [SettingId.ENABLE_PUSH, 0, { enablePush: false }],
  [SettingId.MAX_CONCURRENT_STREAMS, 0, { maxConcurrentStreams: 0 }],
  [SettingId.MAX_CONCURRENT_STREAMS, 0xffff_ffff, { maxConcurrentStreams: 0xffff_ffff }],
  [SettingId.INITIAL_WINDOW_SIZE, 0, { initialWindowSize: 0 }],
  [SettingId.INITIAL_WINDOW_SIZE, 0x7fff_ffff, { initialWindowSize: 0x7fff_ffff }],
  [SettingId.MAX_FRAME_SIZE, 16_384, { maxFrameSize: 16_384 }],
  [SettingId.MAX_FRAME_SIZE, 0xff_ffff, { maxFrameSize: 0xff_ffff }],
  [SettingId.MAX_HEADER_LIST_SIZE, 0, { maxHeaderListSize: 0 }],
  [SettingId.MAX_HEADER_LIST_SIZE, 0xffff_ffff, { maxHeaderListSize: 0xffff_ffff }],
  [SettingId.ENABLE_CONNECT_PROTOCOL, 0, {}],
  [SettingId.ENABLE_CONNECT_PROTOCOL, 1, { enableConnectProtocol: true }],
  [0x7, 1, {}],
  [0xffff, 0xffff_ffff, {}],
];

for (const [id, value, changes] of TAKEN) {
  Deno.test(`settings: 0x${id.toString(16)} of ${value} is taken`, () => {
    for (const fromServer of [true, false]) {
      const next = applySettings(DEFAULT_SETTINGS, payload([id, value]), fromServer);
      assertEquals(next, { ...DEFAULT_SETTINGS, ...changes });
    }
  });
}

Deno.test("settings: a client may allow push, a server may not", () => {
  const push = payload([SettingId.ENABLE_PUSH, 1]);
  assertEquals(applySettings({ ...DEFAULT_SETTINGS, enablePush: false }, push, false).enablePush, true);
  assertThrows(() => applySettings(DEFAULT_SETTINGS, push, true), Http2Error);
});

Deno.test("settings: of a setting that comes twice the last value counts, and others stay", () => {
  const before = { ...DEFAULT_SETTINGS, maxFrameSize: 20_000 };
  const twice = payload([SettingId.INITIAL_WINDOW_SIZE, 1], [SettingId.INITIAL_WINDOW_SIZE, 2]);
  assertEquals(applySettings(before, twice, true), { ...before, initialWindowSize: 2 });
});

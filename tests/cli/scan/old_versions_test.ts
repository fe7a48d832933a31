/** The ClientHello of versions that are not spoken here, and what is made of answers to it. */

import { assertEquals } from "@std/assert";
import {
  type OLD_VERSIONS,
  oldClientHello,
  type OldVersion,
  speaks,
} from "../../../cli/scan/old_versions.ts";
import { Prober } from "../../../cli/scan/prober.ts";
import { decodeClientHello } from "../../../tls/wire/client_hello.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";

const VERSIONS: readonly (readonly [OldVersion, (typeof OLD_VERSIONS)[OldVersion]])[] = [
  ["TLSv1.1", 0x0302],
  ["TLSv1.0", 0x0301],
  ["SSLv3", 0x0300],
];

for (const [name, version] of VERSIONS) {
  Deno.test(`the hello of ${name} is a record with one message, which names that version`, () => {
    const hello = oldClientHello(version, "a.test");
    const view = new DataView(hello.buffer, hello.byteOffset);
    assertEquals([hello[0], view.getUint16(3)], [0x16, hello.length - 5]);
    assertEquals([hello[5], (view.getUint8(6) << 16) + view.getUint16(7)], [1, hello.length - 9]);
    assertEquals(view.getUint16(9), version);
  });
}

Deno.test("the hello of TLS 1.1 can be decoded, and names the host", () => {
  assertEquals(
    decodeClientHello(oldClientHello(0x0302, "a.test").subarray(9)).extensions.serverName,
    "a.test",
  );
  assertEquals(
    decodeClientHello(oldClientHello(0x0302, "192.0.2.1").subarray(9)).extensions.serverName,
    undefined,
  );
  assertEquals(
    decodeClientHello(oldClientHello(0x0302, "2001:db8::1").subarray(9)).extensions.serverName,
    undefined,
  );
});

const serverHello = (
  version: number,
): number[] => [0x16, 3, 1, 0, 60, 2, 0, 0, 56, version >> 8, version & 0xff];

const ANSWERS: readonly (readonly [name: string, answer: readonly number[], expected: boolean])[] = [
  ["a ServerHello of the version: yes", serverHello(0x0301), true],
  ["a ServerHello of another version: no", serverHello(0x0303), false],
  ["an alert: no", [0x15, 3, 1, 0, 2, 2, 70], false],
  ["another message: no", [0x16, 3, 1, 0, 60, 4, 0, 0, 56, 3, 1], false],
  ["no TLS: no", [0x32, 0x32, 0x30], false],
  ["an end: no", [], false],
  ["half a ServerHello: no", serverHello(0x0301).slice(0, 10), false],
];

for (const [name, answer, expected] of ANSWERS) {
  for (const chunk of [1, Infinity]) {
    Deno.test(`asked for TLS 1.0, ${name}${chunk === 1 ? ", byte by byte" : ""}`, async () => {
      const [own, peer] = memoryDuplexPair({ chunk });
      await peer.write(Uint8Array.from(answer));
      await peer.closeWrite();
      const prober = new Prober({ hostname: "a.test", port: 443 }, () => Promise.resolve(own), 1_000);
      assertEquals(await speaks(prober, "TLSv1.0"), expected);
      peer.close();
    });
  }
}

Deno.test("asked for TLS 1.0, no answer in time: it is not known", async () => {
  const [own, peer] = memoryDuplexPair();
  const prober = new Prober({ hostname: "a.test", port: 443 }, () => Promise.resolve(own), 1);
  assertEquals(await speaks(prober, "TLSv1.0"), undefined);
  peer.close();
});

Deno.test("asked for TLS 1.0, no connection: it is not known", async () => {
  const prober = new Prober({ hostname: "a.test", port: 443 }, () => Promise.reject(new Error("no")), 1_000);
  assertEquals(await speaks(prober, "TLSv1.0"), undefined);
});

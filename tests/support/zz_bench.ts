import { mintAuthority, mintCertificate } from "./certificates.ts";
import { startNginx } from "./peers.ts";
import { DenoTls } from "../../tls/mod.ts";
import { Attempt } from "../../tls/attempt.ts";
const ca = await mintAuthority(); const certificate = await mintCertificate(ca,{names:["localhost"],ips:["127.0.0.1"]});
await using nginx = await startNginx({certificate});
const tls = new DenoTls({caCerts: ca.certPem});
const port = nginx.https1; const hostname="127.0.0.1";
const o = {hostname,caCerts:[ca.certPem],alpnProtocols:["h2","http/1.1"]};

import { checkOptions } from "../../tls/deno_options.ts";
import { DenoTlsStream } from "../../tls/deno_stream.ts";
import { describeConnection } from "../../tls/deno_connection.ts";
const co = checkOptions({caCerts: ca.certPem});
const hs = async (c: any) => { try { await c.handshake().catch((e: unknown)=>{throw e}); return new DenoTlsStream(c, describeConnection(c,"x",null),{connect:0,handshake:0}); } catch (e) { throw e; } };
const kinds: Record<string, () => Promise<any>> = {
  dial: () => tls.dial({hostname,port}),
  raw: async () => { const x = await Deno.connect({port,hostname}); x.setNoDelay(true); const c = await Deno.startTls(x,o); await c.handshake(); return c; },
  rawPem: async () => { const x = await Deno.connect({port,hostname}); x.setNoDelay(true); const c = await Deno.startTls(x,{...o,caCerts:co.caCerts}); await c.handshake(); return c; },
  rawHs: async () => { const x = await Deno.connect({port,hostname}); x.setNoDelay(true); const c = await Deno.startTls(x,o); return await hs(c); },
  connect: async () => { const x = await Deno.connect({port,hostname}); return await tls.connect(hostname, x); },
  raw2: async () => { const x = await Deno.connect({port,hostname}); x.setNoDelay(true); const c = await Deno.startTls(x,o); await c.handshake(); return c; },
};
const res: Record<string, number[]> = {};
for (let i=0;i<400;i++) for (const k in kinds) { const t=performance.now(); const c = await kinds[k]!(); (res[k]??=[]).push(performance.now()-t); c.close(); }
for (const k in res) { const a=res[k]!.slice(100).sort((x,y)=>x-y); console.log(k, "median", a[150]!.toFixed(3), "p25", a[75]!.toFixed(3)); }

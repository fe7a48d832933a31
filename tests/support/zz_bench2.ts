import { Attempt } from "../../tls/attempt.ts";
import { normalizeServerName } from "../../tls/server_name.ts";
import { checkAlpnProtocols } from "../../tls/deno_options.ts";
import { DenoTlsStream } from "../../tls/deno_stream.ts";
import { describeConnection } from "../../tls/deno_connection.ts";
const names = ["empty","now","attempt","allow","stopping","name","alpn","stream"]; const acc: Record<string, number[]> = {};
const fs: Record<string, () => unknown> = { empty(){}, now(){ performance.now(); performance.now(); performance.now(); performance.now(); }, attempt(){ using a = new Attempt(undefined); return a.signal.aborted }, allow(){ using a = new Attempt(undefined); a.allow(undefined,()=>new Error());a.allow(undefined,()=>new Error()); }, stopping: async()=>{ using a = new Attempt(undefined); await a.stopping(Promise.resolve(1),()=>{}); }, name: ()=>normalizeServerName("127.0.0.1"), alpn:()=>checkAlpnProtocols(["h2","http/1.1"]), stream:()=>new DenoTlsStream({} as any, describeConnection({},"a",null),{connect:0,handshake:0}) };
for (let i=0;i<400;i++) { for (const n in fs) { const s=performance.now(); await fs[n]!(); (acc[n]??=[]).push(performance.now()-s); } await new Promise(r=>setTimeout(r,1)); }
for (const n in acc) { const a=acc[n]!.slice(100).sort((x,y)=>x-y); console.log(n, (a[150]!*1000).toFixed(1),"us"); }

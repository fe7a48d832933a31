export { serverHandshake } from "./tls13.ts";

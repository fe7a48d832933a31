/**
 * Every question, in the order of the table.
 *
 * @module
 */

import type { Question } from "../harness.ts";
import { http1Fresh, http2Fresh } from "./fresh.ts";
import { http1Download, http1DownloadWhole } from "./http1_download.ts";
import { http1Parallel } from "./http1_parallel.ts";
import { http1Serial } from "./http1_serial.ts";
import { http1Upload, http1UploadWhole } from "./http1_upload.ts";
import { http2Download, http2DownloadWhole } from "./http2_download.ts";
import { http2Parallel } from "./http2_parallel.ts";
import { http2Streams } from "./http2_streams.ts";
import { http2Upload, http2UploadWhole } from "./http2_upload.ts";
import { http1Memory, http2Memory } from "./memory.ts";
import { importing, mozilla } from "./imports.ts";
import { SERVER_QUESTIONS } from "./server.ts";
import { http1Start, http2Start } from "./start.ts";
import { tls12Bulk, tls12Handshake } from "./tls12.ts";
import { tlsDownload } from "./tls_download.ts";
import { tlsHandshake } from "./tls_handshake.ts";
import { tlsMachinesBulk, tlsMachinesHandshake } from "./tls_machines.ts";
import { tlsResumed } from "./tls_resumed.ts";
import { tlsServerDownload, tlsServerHandshake } from "./tls_server.ts";
import { tlsUpload } from "./tls_upload.ts";
import { tunnel } from "./tunnel.ts";
import { webSocketBulk, webSocketMessages } from "./web_socket.ts";

/** All questions. */
export const QUESTIONS: readonly Question[] = [
  http1Serial,
  http1Parallel,
  http2Parallel,
  http2Streams,
  http1Download,
  http1DownloadWhole,
  http2Download,
  http2DownloadWhole,
  http1Upload,
  http1UploadWhole,
  http2Upload,
  http2UploadWhole,
  http1Fresh,
  http2Fresh,
  tunnel,
  webSocketMessages,
  webSocketBulk,
  http1Start,
  http2Start,
  http1Memory,
  http2Memory,
  ...SERVER_QUESTIONS,
  tlsHandshake,
  tlsResumed,
  tlsDownload,
  tlsUpload,
  tlsServerHandshake,
  tlsServerDownload,
  tlsMachinesHandshake,
  tlsMachinesBulk,
  tls12Handshake,
  tls12Bulk,
  importing,
  mozilla,
];

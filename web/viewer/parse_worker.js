// A mail taken apart, in a worker of its own: one that takes for ever is ended, and nothing hangs.

import PostalMime from "../vendor/postal-mime/postal-mime.js";
import { MailDecoder } from "./decoder.js";

const LIMITS = { maxNestingDepth: 20, maxHeadersSize: 512 * 1024 };

self.TextDecoder = MailDecoder; // which the parser asks for by that name

self.onmessage = async ({ data: { id, bytes } }) => {
  try {
    const mail = await new PostalMime(LIMITS).parse(bytes);
    const { subject, from, to, cc, bcc, text, html, attachments } = mail;
    self.postMessage({ id, answer: { subject, from, to, cc, bcc, text, html, attachments } });
  } catch (error) {
    self.postMessage({ id, error: String(error?.message ?? error) });
  }
};

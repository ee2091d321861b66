// A mail: its bytes inflated, and its text as a search sees it.

import { MailDecoder } from "./decoder.js";

export async function inflate({ bytes, method, size }) {
  if (method === 0) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const out = new Uint8Array(size);
  let at = 0;
  for await (const piece of stream) {
    // Not one byte more than was said: an archive may come from anywhere.
    if (at + piece.length > size) throw new Error("damaged");
    out.set(piece, at);
    at += piece.length;
  }
  if (at !== size) throw new Error("damaged");
  return out;
}

const INLINE = new Set(
  "A ABBR ACRONYM B BDI BDO BIG CITE CODE DEL DFN EM FONT I INS KBD MARK NOBR Q S SAMP SMALL SPAN STRIKE STRONG SUB SUP TT U VAR WBR".split(" "),
);
const HIDDEN = new Set(["SCRIPT", "STYLE", "TITLE", "TEMPLATE", "TEXTAREA", "IFRAME", "XMP", "HEAD"]);
const TEXT_LIMIT = 2 * 1024 * 1024;

// As pyeonji/search/markup.py reads it: a block is a line, a picture its alternative text.
function textOfHtml(source, parser) {
  const page = parser.parseFromString(source.slice(0, TEXT_LIMIT), "text/html");
  const walker = page.createTreeWalker(page.body ?? page, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
    HIDDEN.has(node.nodeName) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  const out = [];
  let block = null;
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.nodeType === Node.TEXT_NODE) {
      const around = blockOf(node);
      if (around !== block) out.push("\n");
      block = around;
      out.push(node.data);
    } else if (node.nodeName === "IMG") out.push(`\n${node.getAttribute("alt") ?? ""}\n`);
    else if (!INLINE.has(node.nodeName)) out.push("\n");
  }
  return out.join("");
}

function blockOf(node) {
  let found = node.parentNode;
  while (found && INLINE.has(found.nodeName)) found = found.parentNode;
  return found;
}

export function named(address) {
  if (!address) return "";
  if (address.group) return address.group.map(named).join(", ");
  return address.name ? `${address.name} <${address.address}>` : (address.address ?? "");
}

// The texts of a mail by where they stand, for `matches`; `parser`: a DOMParser.
export function textsOf(mail, row, parser) {
  const people = [...(mail.to ?? []), ...(mail.cc ?? []), ...(mail.bcc ?? [])];
  const bodies = [mail.text ?? "", mail.html ? textOfHtml(mail.html, parser) : ""];
  for (const attachment of mail.attachments) {
    if (/^(text|message)\//.test(attachment.mimeType)) {
      bodies.push(new MailDecoder().decode(attachment.content));
    }
  }
  return {
    subject: [mail.subject ?? "", row.subject, ...headersOf(mail, "subject")],
    from: [named(mail.from), row.sender, ...headersOf(mail, "from")],
    to: [people.map(named).join("\n")],
    filename: mail.attachments.map((attachment) => attachment.filename ?? ""),
    body: bodies,
  };
}

// Also where a mail has a field twice.
function headersOf(mail, name) {
  return (mail.headers ?? []).filter(({ key }) => key === name).map(({ value }) => value);
}

const DOCUMENT = /\.(pdf|docx|docm|xlsx|xlsm|pptx|pptm|odt|ods|odp|hwp|hwpx)$/i;

// Documents are read when mail is indexed, not here: a mail with one may hold what was asked for.
export function hasDocument(mail) {
  return mail.attachments.some((attachment) => DOCUMENT.test(attachment.filename ?? ""));
}

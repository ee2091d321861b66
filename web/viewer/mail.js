// A mail: its bytes inflated, taken apart, and shown where nothing of it can run or load.

async function inflate({ bytes, method, size }) {
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

// Korean mail names one charset and uses another, or names none. What does not decode as its label
// says is UTF-8, else CP949 (which is what browsers call euc-kr).
const BrowserDecoder = globalThis.TextDecoder;
class MailDecoder {
  constructor(label = "utf-8") {
    this.encoding = label;
    this.first = /ascii|8859-1$|1252/i.test(label) ? "utf-8" : label;
    this.last = new BrowserDecoder(label);
  }
  decode(bytes) {
    if (!bytes) return "";
    const data = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
    for (const label of [this.first, "utf-8", "euc-kr"]) {
      try {
        return new BrowserDecoder(label, { fatal: true }).decode(data);
      } catch {
        // another, then
      }
    }
    return this.last.decode(data);
  }
}

const PARSE_LIMITS = { maxNestingDepth: 20, maxHeadersSize: 512 * 1024 };

const PostalMime = postalMime(MailDecoder);

async function parseMail(bytes) {
  return new PostalMime(PARSE_LIMITS).parse(bytes);
}

const INLINE = new Set(
  "A ABBR ACRONYM B BDI BDO BIG CITE CODE DEL DFN EM FONT I INS KBD MARK NOBR Q S SAMP SMALL SPAN STRIKE STRONG SUB SUP TT U VAR WBR".split(" "),
);
const HIDDEN = new Set(["SCRIPT", "STYLE", "TITLE", "TEMPLATE", "TEXTAREA", "IFRAME", "XMP", "HEAD"]);
const HTML_LIMIT = 2 * 1024 * 1024;

// As pyeonji/search/markup.py reads it: a block is a line, a picture its alternative text.
function textOfHtml(source) {
  const page = new DOMParser().parseFromString(source.slice(0, HTML_LIMIT), "text/html");
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

function named(address) {
  if (!address) return "";
  if (address.group) return address.group.map(named).join(", ");
  return address.name ? `${address.name} <${address.address}>` : (address.address ?? "");
}

// The texts of a mail by where they stand, for `matches`.
function textsOf(mail, row) {
  const people = [...(mail.to ?? []), ...(mail.cc ?? []), ...(mail.bcc ?? [])];
  const bodies = [mail.text ?? "", mail.html ? textOfHtml(mail.html) : ""];
  for (const attachment of mail.attachments) {
    if (/^(text|message)\//.test(attachment.mimeType)) {
      bodies.push(new MailDecoder().decode(attachment.content));
    }
  }
  return {
    subject: [mail.subject ?? "", row.subject],
    from: [named(mail.from), row.sender],
    to: [people.map(named).join("\n")],
    filename: mail.attachments.map((attachment) => attachment.filename ?? ""),
    body: bodies,
  };
}

const DOCUMENT = /\.(pdf|docx|docm|xlsx|xlsm|pptx|pptm|odt|ods|odp|hwp|hwpx)$/i;

// Documents are read when mail is indexed, not here: a mail with one may hold what was asked for.
function hasDocument(mail) {
  return mail.attachments.some((attachment) => DOCUMENT.test(attachment.filename ?? ""));
}

// A page for a sandboxed frame without scripts, whose own policy lets nothing be loaded.
function pageOf(mail, { remote }) {
  const parts = new Map();
  for (const attachment of mail.attachments) {
    if (attachment.contentId && /^image\/(png|jpeg|gif|webp|bmp)$/.test(attachment.mimeType)) {
      parts.set(attachment.contentId.replace(/^<|>$/g, ""), attachment);
    }
  }
  const source = (mail.html ?? "").slice(0, HTML_LIMIT);
  const purify = DOMPurify(globalThis);
  let held = 0;
  purify.addHook("afterSanitizeAttributes", (node) => {
    if (node.nodeName === "A") {
      node.setAttribute("target", "_blank");
      node.setAttribute("rel", "noopener noreferrer");
    }
    const picture = node.getAttribute?.("src") ?? "";
    if (picture.startsWith("cid:")) {
      const part = parts.get(decodeURIComponent(picture.slice(4)));
      if (part) node.setAttribute("src", dataUrl(part));
      else node.removeAttribute("src");
    } else if (/^(https?:)?\/\//i.test(picture)) {
      held += 1;
      if (!remote) node.removeAttribute("src");
    }
    for (const name of ["srcset", "background", "poster"]) {
      if (node.hasAttribute?.(name)) {
        held += 1;
        node.removeAttribute(name);
      }
    }
  });
  const body = mail.html
    ? purify.sanitize(source, {
        FORBID_TAGS: ["form", "input", "button", "select", "textarea", "iframe", "object", "embed", "link", "meta", "base", "audio", "video", "svg", "math"],
        ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|tel:|cid:|data:image\/(?:png|jpeg|gif|webp);base64,)/i,
        WHOLE_DOCUMENT: false,
      })
    : `<pre>${escapeText(mail.text ?? "")}</pre>`;
  const images = remote ? "data: https: http:" : "data:";
  return {
    held,
    page:
      `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src ${images}">` +
      `<style>body{font:16px/1.6 system-ui,sans-serif;margin:16px;color:#111;background:#fff;overflow-wrap:anywhere}pre{white-space:pre-wrap;font:inherit}img{max-width:100%;height:auto}</style>${body}`,
  };
}

function escapeText(text) {
  return text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
}

function dataUrl(attachment) {
  const bytes = new Uint8Array(attachment.content);
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return `data:${attachment.mimeType};base64,${btoa(text)}`;
}

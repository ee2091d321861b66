// A mail shown where nothing of it can run or load: cleaned, and put into a frame without scripts
// whose own policy lets in nothing but, when asked for, pictures.

import "../vendor/dompurify/purify.min.js";

const HTML_LIMIT = 2 * 1024 * 1024; // characters
// With more tags, or more of them open in each other, it is shown as text: reading, cleaning and
// laying them out takes seconds.
const TAG_LIMIT = 20_000;
const DEPTH_LIMIT = 300; // browsers flatten what is deeper than 512
const ENDED_BY_THEMSELVES = new Set(
  "area base br col dd dt embed hr img input li link meta option p source tbody td tfoot th thead tr wbr".split(" "),
);
const LONGEST_TEXT = 200_000; // characters; a line of millions takes seconds to lay out
const TALLEST = 30_000; // pixels; longer mail scrolls in its frame
const FORBIDDEN =
  "form input button select textarea iframe object embed link meta base audio video svg math dialog".split(" ");
const URLS = /^(?:https?:|mailto:|tel:|cid:|data:image\/(?:png|jpeg|gif|webp);base64,)/i;
const PICTURE = /^image\/(png|jpeg|gif|webp|bmp)$/;
const STYLE =
  "body{font:16px/1.6 system-ui,sans-serif;margin:16px;color:#111;background:#fff;overflow-wrap:anywhere}" +
  "pre{white-space:pre-wrap;font:inherit;margin:0}img{max-width:100%;height:auto}table{max-width:100%}";

export const SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";

/** Puts a parsed mail into a loaded frame that shows mail.html or, for `pictures` from outside,
 *  pictures.html; answers `{held, cut}`: how many of them were held back, and whether the mail was too
 *  much to show all of it. All the parsing is the frame's own: where it happens nothing runs. */
export function fill(frame, mail, { pictures }) {
  const inside = frame.contentDocument;
  const style = inside.createElement("style");
  style.textContent = STYLE;
  inside.head.append(style);
  const shown = mail.html ? fillHtml(frame, mail, pictures) : fillText(inside, mail.text ?? "");
  const grow = () => {
    const height = Math.min(TALLEST, inside.documentElement.scrollHeight);
    if (height !== frame.clientHeight) frame.style.height = `${height}px`;
  };
  grow();
  new ResizeObserver(grow).observe(inside.body);
  return shown;
}

function fillText(inside, text) {
  const page = inside.createElement("pre");
  page.dir = "auto";
  for (const piece of text.slice(0, LONGEST_TEXT).split(/(https?:\/\/[^\s<>"')\]]+)/)) {
    if (!/^https?:/.test(piece)) {
      page.append(piece);
      continue;
    }
    const link = inside.createElement("a");
    link.href = piece;
    link.textContent = piece;
    outward(link);
    page.append(link);
  }
  inside.body.replaceChildren(page);
  return { held: 0, cut: text.length > LONGEST_TEXT };
}

function fillHtml(frame, mail, pictures) {
  const { contentDocument: inside, contentWindow: realm } = frame;
  const source = mail.html.slice(0, HTML_LIMIT);
  if (isTooMuch(source)) {
    return { ...fillText(inside, mail.text || source), cut: true };
  }
  const parts = new Map();
  for (const attachment of mail.attachments) {
    if (attachment.contentId && PICTURE.test(attachment.mimeType)) {
      parts.set(attachment.contentId.replace(/^<|>$/g, ""), attachment);
    }
  }
  let held = 0;
  const purify = globalThis.DOMPurify(realm);
  purify.addHook("afterSanitizeAttributes", (node) => {
    if (node.nodeName === "A") outward(node);
    const picture = node.getAttribute?.("src") ?? "";
    if (picture.startsWith("cid:")) {
      const part = parts.get(plain(picture.slice(4)));
      if (part) node.setAttribute("src", dataUrl(part));
      else node.removeAttribute("src");
    } else if (picture && !/^data:/i.test(picture)) {
      held += 1;
      if (!pictures || !/^(https?:)?\/\//i.test(picture)) node.removeAttribute("src");
    }
    const style = node.getAttribute?.("style") ?? "";
    if (/url\(/i.test(style)) {
      held += 1;
      if (!pictures) node.setAttribute("style", style.replace(/url\([^)]*\)?/gi, "none"));
    }
    for (const name of ["srcset", "background", "poster"]) {
      if (!node.hasAttribute?.(name)) continue;
      held += 1;
      node.removeAttribute(name);
    }
  });
  const clean = purify.sanitize(source, {
    FORBID_TAGS: FORBIDDEN,
    ALLOWED_URI_REGEXP: URLS,
    RETURN_DOM_FRAGMENT: true,
  });
  inside.body.replaceChildren(inside.importNode(clean, true));
  return { held, cut: source.length < mail.html.length };
}

function isTooMuch(source) {
  let tags = 0;
  let depth = 0;
  for (const [, end, name] of source.matchAll(/<(\/?)([a-z][a-z0-9]*)/gi)) {
    tags += 1;
    if (!ENDED_BY_THEMSELVES.has(name.toLowerCase())) depth = Math.max(0, depth + (end ? -1 : 1));
    if (tags > TAG_LIMIT || depth > DEPTH_LIMIT) return true;
  }
  return false;
}

function outward(link) {
  link.setAttribute("target", "_blank");
  link.setAttribute("rel", "noopener noreferrer");
}

function plain(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function dataUrl({ mimeType, content }) {
  const bytes = new Uint8Array(content);
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return `data:${mimeType};base64,${btoa(text)}`;
}

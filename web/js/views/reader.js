// One mail, read: who, when, what is attached, and its text in a frame where nothing runs.

import { html, useEffect, useRef, useState } from "../../vendor/htm-preact/standalone.mjs";
import { explain } from "../errors.js";
import { bytes, exactMoment } from "../format.js";
import { t } from "../i18n.js";
import { useKeys } from "../mail_list.js";
import { Action, Hidden, Icon, Loading, Menu, Name, Note, PageHead } from "../parts.js";
import { announce, focusTitle } from "../ui.js";

const SHOWN = 512 * 1024; // of the source
const KNOWN = new Set(["too_large", "too_long"]);

/** `read()` answers `{bytes, mail}` of the row; `previous`, `next`: to the mails beside it, or
 *  nothing. */
export function Reader({ row, read, place, back, previous, next }) {
  const [state, set] = useState({ held: null, error: null });
  const [source, showSource] = useState(false);
  const fetchIt = async () => {
    set({ held: null, error: null });
    try {
      const [held, { named }, frame] = await Promise.all([
        read(row),
        import("../../viewer/mail.js"),
        import("../../viewer/frame.js"),
      ]);
      set({ held: { ...held, named, frame }, error: null });
    } catch (error) {
      set({ held: null, error });
    }
  };
  useEffect(() => {
    fetchIt();
    focusTitle();
  }, []);
  const keys = { Escape: back, ArrowLeft: previous, ArrowRight: next };
  useKeys(keys);
  const { held, error } = state;
  const title = row.subject || t("mails.no_subject");
  return html`<article class="reader">
    <div class="reader-bar">
      <${Action} kind="quiet" what="back" run=${back}><${Icon} name="back" />${t("mails.back")}<//>
      <span class="grow"></span>
      <${Action} kind="quiet icon-only" what="previous" run=${previous} disabled=${!previous}>
        <${Icon} name="up" /><${Hidden}>${t("mails.previous")}<//>
      <//>
      <${Action} kind="quiet icon-only" what="next" run=${next} disabled=${!next}>
        <${Icon} name="down" /><${Hidden}>${t("mails.next")}<//>
      <//>
      ${held &&
      html`<${Menu} label=${t("mails.more")} what="mail-menu">
        <${Action} kind="menu-item" what="save" run=${() => save(`${title}.eml`, held.bytes)}>${t("mails.save")}<//>
        <${Action} kind="menu-item" what="print" run=${() => window.print()}>${t("mails.print")}<//>
        <${Action} kind="menu-item" what="source" run=${() => showSource(!source)}>
          ${t(source ? "mails.no_source" : "mails.source")}
        <//>
      <//>`}
    </div>
    <div class="sheet padded">
      <${PageHead} name=${title} />
      <${People} row=${row} held=${held} place=${place} />
      ${error
        ? html`<${Note} kind="bad">
            <p>${KNOWN.has(error.message) ? t(`mails.${error.message}`) : explain(error)}</p>
            <${Action} run=${fetchIt}>${t("action.retry")}<//>
          <//>`
        : !held
          ? html`<${Loading} />`
          : source
            ? html`<${Source} bytes=${held.bytes} />`
            : html`<${Text} held=${held} keys=${keys} />`}
    </div>
  </article>`;
}

function People({ row, held, place }) {
  const mail = held?.mail;
  const list = (addresses) => (addresses ?? []).map(held.named).join(", ");
  const lines = [
    ["from", mail?.from ? held.named(mail.from) : row.from],
    ["to", mail ? list(mail.to) : row.to],
    ["cc", mail && list(mail.cc)],
    ["bcc", mail && list(mail.bcc)],
    ["received", exactMoment(row.received)],
    ["place", place],
  ].filter(([, value]) => value);
  return html`<dl class="facts people">
    ${lines.map(([name, value]) => [html`<dt>${t(`mails.${name}`)}</dt>`, html`<dd><${Name} text=${value} /></dd>`])}
  </dl>`;
}

function Text({ held, keys }) {
  const [pictures, setPictures] = useState(false);
  const [{ held: blocked, cut }, setShown] = useState({ held: 0, cut: false });
  const node = useRef(null);
  const { frame, mail } = held;
  const fill = () => {
    const inside = node.current.contentDocument;
    setShown(frame.fill(node.current, mail, { pictures }));
    // Keys pressed in the frame are the page's, too.
    inside.addEventListener("keydown", (event) => {
      if (event.key === "Escape") keys.Escape();
    });
    node.current.dataset.filled = "";
  };
  const ask = () => {
    setPictures(true);
    announce(t("mails.pictures_shown"));
  };
  return html`<${Files} mail=${mail} />
    ${blocked > 0 &&
    !pictures &&
    html`<${Note} kind="info">
      <p>${t("mails.pictures_blocked", { n: blocked })}</p>
      <${Action} what="pictures" run=${ask}>${t("mails.pictures")}<//>
    <//>`}
    ${cut && html`<${Note} kind="info">${t("mails.cut")}<//>`}
    <iframe
      key=${String(pictures)}
      class="mail-frame"
      ref=${node}
      title=${t("mails.text")}
      sandbox=${frame.SANDBOX}
      src=${pictures ? "/viewer/pictures.html" : "/viewer/mail.html"}
      onload=${fill}
    ></iframe>`;
}

/** What is attached; pictures that stand in the text are no attachments. */
function Files({ mail }) {
  const inText = ({ contentId, related }) =>
    related && contentId && mail.html?.includes(contentId.replace(/^<|>$/g, ""));
  const files = mail.attachments.filter((each) => !inText(each));
  if (!files.length) return null;
  return html`<section class="attached">
    <h2>${t("mails.attachments", { n: files.length })}</h2>
    <ul>
      ${files.map((each) => {
        const name = each.filename || each.mimeType;
        return html`<li>
          <${Action} kind="small" what="attachment" run=${() => save(name, each.content)}>
            <${Icon} name="clip" /><${Name} text=${name} /><span class="soft">${bytes(each.content.byteLength)}</span>
          <//>
        </li>`;
      })}
    </ul>
  </section>`;
}

function Source({ bytes: whole }) {
  const [text, set] = useState("");
  useEffect(() => {
    import("../../viewer/decoder.js").then(({ MailDecoder }) => set(new MailDecoder().decode(whole.subarray(0, SHOWN))));
  }, []);
  return html`<pre class="mail-source" tabindex="0" aria-label=${t("mails.source")}>${text}</pre>
    ${whole.length > SHOWN && html`<p class="soft">${t("mails.source_cut", { size: bytes(SHOWN) })}</p>`}`;
}

/** Hands bytes to the browser's downloads; never to be opened here. */
function save(name, content) {
  const url = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name.replace(/[\\/:*?"<>|\u0000-\u001f]/g, "_").slice(-120);
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}


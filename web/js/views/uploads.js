// The list of uploads, and the place to drop mail.

import { html, useEffect, useLayoutEffect, useRef, useState } from "../../vendor/htm-preact/standalone.mjs";
import * as api from "../api.js";
import { useEnds, usePages } from "../data.js";
import { Mistake } from "../errors.js";
import { bytes } from "../format.js";
import { t } from "../i18n.js";
import { Action, Empty, Icon, Listing, PageHead, Still } from "../parts.js";
import { choose, chooseByInput, dropped } from "../upload/source.js";
import * as transfers from "../upload/transfers.js";
import { announce, complain, dialogs } from "../ui.js";
import { Standing } from "./notready.js";
import { openUploads } from "./upload_new.js";
import { UploadRow, isWorking } from "./upload_row.js";

let waiting = null; // the mailbox another screen wants mail put into

/** Lets the next files chosen here go into this mailbox. */
export const uploadInto = (mailbox) => (waiting = mailbox.id);

export function View({ me }) {
  const [here, setHere] = useState({ records: new Map(), elsewhere: new Set() });
  const list = usePages(
    async (after) => {
      const [page, records, elsewhere] = await Promise.all([
        api.uploads(after),
        transfers.remembered(me.email),
        transfers.inOtherTabs(),
      ]);
      transfers.reconcile(page.uploads);
      setHere({ records, elsewhere });
      return { ...page, moving: elsewhere.size > 0 };
    },
    "uploads",
    { moving: isWorking, also: (page) => page.moving },
  );
  useEnds(list.rows, ["completed", "failed", "undone"], (upload) =>
    announce(t(`uploads.said_${upload.state}`, { name: upload.filename })),
  );
  const input = useRef(null);
  useEffect(() => {
    const changed = () => list.refresh();
    transfers.events.addEventListener("change", changed);
    return () => transfers.events.removeEventListener("change", changed);
  }, []);

  const take = async (found) => {
    if (!found.length || dialogs.value.length) return;
    const mailbox = waiting;
    const begun = await openUploads(me, found, { mailbox, records: here.records });
    if (!begun) return;
    waiting = null;
    announce(t("uploads.said_begun", { name: begun[0].filename }));
    list.refresh();
  };

  return html`<${PageHead} title=${t("uploads.title")} lead=${t("uploads.lead")} />
    <${Standing} me=${me} />
    ${me.mail_ready && html`<${DropZone} limits=${me.limits} take=${take} input=${input} />`}
    <${Listing}
      list=${list}
      label=${t("uploads.title")}
      class="sheet"
      empty=${me.mail_ready && html`<${Empty} title=${t("uploads.none")}><p>${t("uploads.none_text")}</p><//>`}
    >
      ${(upload) => {
        const record = here.records.get(upload.id);
        const inOtherTab = here.elsewhere.has(upload.id);
        return html`<li key=${upload.id}>
          <${Still}
            mark=${JSON.stringify([upload, record?.size, inOtherTab])}
            draw=${() =>
              html`<${UploadRow}
                ...${{ upload, record, inOtherTab, input }}
                changed=${(id) => (id ? list.without(id) : list.refresh())}
              />`}
          />
        </li>`;
      }}
    <//>`;
}

function DropZone({ limits, take, input }) {
  const folder = useRef(null);
  const zone = useRef(null);
  const current = useRef(take);
  current.current = take;
  // At once, not after the next frame: what is seen can be dropped on.
  useLayoutEffect(() => {
    // Anywhere on the screen: who misses the frame by an inch must not lose the page for it.
    const over = () => zone.current.classList.add("over");
    const left = (event) => event.relatedTarget || zone.current.classList.remove("over");
    const drop = async (event) => {
      zone.current.classList.remove("over");
      try {
        const found = await dropped(event);
        if (!found.length) throw new Mistake(t("uploads.nothing_dropped"));
        await current.current(found);
      } catch (error) {
        complain(error);
      }
    };
    const all = Object.entries({ dragover: over, dragleave: left, drop });
    for (const [name, act] of all) window.addEventListener(name, act);
    return () => {
      for (const [name, act] of all) window.removeEventListener(name, act);
    };
  }, []);
  const field = { type: "file", hidden: true, tabindex: "-1" };
  return html`<div class="drop" ref=${zone}>
    <${Icon} name="inbox" />
    <div class="grow">
      <p class="drop-title">${t("uploads.drop")}</p>
      <p class="soft">${t("uploads.limit", { size: bytes(limits.upload_limit_bytes) })}</p>
    </div>
    <div class="row-actions">
      <${Action} kind="primary" what="choose" run=${async () => take(await choose(input.current))}>
        ${t("uploads.choose")}
      <//>
      <${Action} what="choose-folder" run=${async () => take(await chooseByInput(folder.current))}>
        ${t("uploads.choose_folder")}
      <//>
    </div>
    <input ref=${input} id="zip-file" accept=".zip,.eml,application/zip,message/rfc822" aria-label=${t("uploads.choose")} ...${field} />
    <input ref=${folder} id="folder-file" webkitdirectory aria-label=${t("uploads.choose_folder")} ...${field} />
  </div>`;
}

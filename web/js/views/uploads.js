// The list of uploads, and the place to drop a ZIP.

import * as api from "../api.js";
import { KeyedList, fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { bytes } from "../format.js";
import { t } from "../i18n.js";
import { poll } from "../poll.js";
import { choose, dropped } from "../upload/source.js";
import * as transfers from "../upload/transfers.js";
import { actionButton, announce, loading, note, pageHead } from "../ui.js";
import { notReady, notices } from "./notready.js";
import { openUpload } from "./upload_begin.js";
import { WORKING, uploadRow } from "./upload_row.js";

export async function show(main, app, signal) {
  const problems = h("div");
  const list = h("ul", { class: "cards", "aria-label": t("uploads.title") });
  const waiting = loading();
  const said = h("div"); // what went wrong with something pressed; a refresh leaves it alone
  const more = actionButton(t("action.more"), fetchMore, { kind: "more", problems: said });
  more.hidden = true;
  const input = h("input", {
    type: "file",
    id: "zip-file",
    accept: ".zip,application/zip",
    hidden: true,
    "aria-label": t("uploads.choose"),
    tabindex: "-1",
  });
  const blocked = notReady(app.me);
  fill(
    main,
    pageHead(t("uploads.title"), t("uploads.lead")),
    notices(app.me),
    blocked,
    !blocked && dropZone(),
    input,
    said,
    problems,
    waiting,
    list,
    more,
  );

  let latest = null;
  let further = [];
  let records = new Map();
  let elsewhere = new Set(); // what another tab is sending
  let states = new Map();
  const rows = new KeyedList(
    list,
    (upload) => upload.id,
    (upload) =>
      uploadRow(upload, {
        input,
        record: () => records.get(upload.id),
        inOtherTab: () => elsewhere.has(upload.id),
        changed: () => watch.kick(),
      }),
  );

  const watch = poll(
    async () => {
      [latest, records, elsewhere] = await Promise.all([
        api.uploads(),
        transfers.remembered(app.me.email),
        transfers.inOtherTabs(),
      ]);
      update();
      return {
        moving: elsewhere.size > 0 || latest.uploads.some(({ state }) => WORKING.has(state)),
        mark: latest.uploads.map((upload) => upload.state).join(),
      };
    },
    (error) => {
      waiting.remove();
      fill(problems, note("bad", explain(error)));
    },
    signal,
  );

  function update() {
    waiting.remove();
    fill(problems);
    const fresh = new Set(latest.uploads.map((upload) => upload.id));
    const all = [...latest.uploads, ...further.filter((upload) => !fresh.has(upload.id))];
    rows.update(all);
    more.hidden = !(further.length ? further.next : latest.next);
    for (const upload of latest.uploads) {
      const before = states.get(upload.id);
      const ended = upload.state === "completed" || upload.state === "failed";
      if (before && before !== upload.state && ended) {
        announce(t(`uploads.said_${upload.state}`, { name: upload.filename }));
      }
    }
    states = new Map(latest.uploads.map((upload) => [upload.id, upload.state]));
  }

  async function fetchMore() {
    const page = await api.uploads(further.length ? further.next : latest.next);
    further = [...further, ...page.uploads];
    further.next = page.next;
    update();
  }

  function dropZone() {
    const button = actionButton(t("uploads.choose"), async () => take(await choose(input)), {
      kind: "primary",
      fk: "choose",
      problems: said,
    });
    const zone = h(
      "div",
      { class: "drop" },
      h("p", { class: "drop-title" }, t("uploads.drop")),
      button,
      h(
        "p",
        { class: "soft" },
        t("uploads.limit", { size: bytes(app.me.limits.upload_limit_bytes) }),
      ),
    );
    listen("dragover", () => zone.classList.add("over"));
    listen("dragleave", (event) => event.relatedTarget || zone.classList.remove("over"));
    listen("drop", async (event) => {
      zone.classList.remove("over");
      const files = [...event.dataTransfer.items].filter((item) => item.kind === "file");
      if (files.length > 1) return fill(said, note("warn", t("uploads.one_at_a_time")));
      const found = await dropped(event);
      if (found) await take(found);
      else fill(said, note("warn", t("uploads.not_a_file")));
    });
    return zone;
  }

  /** Anywhere on the screen: who misses the frame by an inch must not lose the page for it. */
  function listen(name, act) {
    window.addEventListener(name, act, { signal });
  }

  async function take(found) {
    if (!found || document.querySelector("dialog[open]")) return;
    fill(said);
    const begun = await openUpload(app, found);
    if (begun) announce(t("uploads.said_begun", { name: begun.filename }));
    watch.kick();
  }

  transfers.events.addEventListener("change", () => watch.kick(), { signal });
  signal.addEventListener("abort", () => rows.dispose(), { once: true });
  await watch.first;
}

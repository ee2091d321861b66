// One upload of the list: on its way, being read in, or done.

import * as api from "../api.js";
import { fill, h } from "../dom.js";
import { explain, explainFailure } from "../errors.js";
import { bytes, day, duration, moment, percent } from "../format.js";
import { t } from "../i18n.js";
import { choose, isSame, reopen } from "../upload/source.js";
import * as transfers from "../upload/transfers.js";
import { actionButton, badge, confirmAction, note, progressLine, toast } from "../ui.js";

export const WORKING = new Set(["received", "inspecting", "importing"]);
const KINDS = { failed: "bad", abandoned: "plain" };
const PASSING = new Set(["timed_out", "upload_failed_internally"]); // may go well the next time
const REDRAW_MS = 250;

/** `{node, update(upload), dispose()}`. `record()`: what this browser remembers of the upload;
 *  `inOtherTab()`: whether another of its tabs is sending it. */
export function uploadRow(upload, { input, record, inOtherTab, changed }) {
  const node = h("li", { class: "card" });
  const progress = progressLine(t("upload.progress"));
  const problems = h("div");
  let item = upload;
  let drawn = null;
  let sent = null; // bytes that arrived of an upload this tab is not sending
  let asked = false;
  let redraw = null;

  const onTransfer = () => update(item);
  const onProgress = () => {
    redraw ??= setTimeout(() => {
      redraw = null;
      showProgress();
    }, REDRAW_MS);
  };
  const transferChanged = (event) => event.detail.id === upload.id && onTransfer();
  transfers.events.addEventListener("change", transferChanged);
  let heard = null;
  update(upload);
  return {
    node,
    update,
    dispose() {
      transfers.events.removeEventListener("change", transferChanged);
      heard?.removeEventListener("progress", onProgress);
      clearTimeout(redraw);
    },
  };

  function update(fresh) {
    item = fresh;
    const transfer = transfers.transferOf(item.id);
    if (transfer !== heard) {
      heard?.removeEventListener("progress", onProgress);
      transfer?.addEventListener("progress", onProgress);
      heard = transfer;
    }
    const { progress: part, ...still } = fresh;
    const state = [transfer?.state, transfer?.problem?.kind, Boolean(record()), inOtherTab()];
    const written = JSON.stringify([still, state]);
    if (written !== drawn) {
      drawn = written;
      draw(transfer);
    }
    showProgress(part);
    const remembered = item.state === "receiving" && !transfer && record();
    if (remembered && (!asked || inOtherTab())) askArrived();
  }

  async function askArrived() {
    asked = true;
    try {
      const { parts } = await api.arrivedParts(item.id);
      sent = parts.reduce((sum, part) => sum + part.bytes, 0);
      showProgress();
    } catch {
      sent = null; // only the bar is missing; going on asks again and says what is wrong
    }
  }

  function draw(transfer) {
    const [kind, label] = status(transfer);
    fill(
      node,
      h(
        "div",
        { class: "card-head" },
        badge(kind, label),
        h("h2", null, item.filename),
        h("div", { class: "card-actions" }, actions(transfer)),
      ),
      h(
        "p",
        { class: "meta" },
        facts().map((fact) => h("span", null, fact)),
      ),
      moving(transfer) && progress.node,
      transfer?.state === "stopped" && note("warn", stoppedText(transfer.problem)),
      item.state === "failed" &&
        h("p", { class: "reason" }, explainFailure(item.failure, "upload")),
      (item.state === "completed" || item.totals.entries > 0) &&
        !WORKING.has(item.state) &&
        outcome(),
      item.purge_at &&
        item.state !== "completed" &&
        h("p", { class: "soft" }, t("backup.purge", { day: day(item.purge_at) })),
      problems,
    );
  }

  function status(transfer) {
    if (item.state === "receiving") {
      if (transfer) return [transfer.active ? "busy" : "plain", t(`transfer.${transfer.state}`)];
      if (inOtherTab()) return ["busy", t("transfer.in_other_tab")];
      return ["plain", t(record() ? "transfer.interrupted" : "transfer.elsewhere")];
    }
    if (item.state === "completed")
      return [item.totals.rejected ? "warn" : "good", t("upload.state.completed")];
    return [KINDS[item.state] ?? "busy", t(`upload.state.${item.state}`)];
  }

  function moving(transfer) {
    return WORKING.has(item.state) || (item.state === "receiving" && (transfer || record()));
  }

  function facts() {
    return [
      bytes(item.bytes),
      item.mailbox_path,
      item.created_at && moment(item.created_at),
    ].filter(Boolean);
  }

  function actions(transfer) {
    if (item.state === "receiving") return [going(transfer), abandonButton()];
    if (WORKING.has(item.state)) return null;
    return [
      item.state === "failed" &&
        PASSING.has(item.failure?.code) &&
        actionButton(t("upload.retry"), () => api.retryUpload(item.id).then(changed), {
          fk: `retry-${item.id}`,
          problems,
        }),
      actionButton(t("action.remove"), removeFromList, {
        kind: "quiet",
        fk: `remove-${item.id}`,
        name: t("upload.remove_name", { name: item.filename }),
        problems,
      }),
    ];
  }

  function going(transfer) {
    const fk = `go-${item.id}`;
    if (transfer?.state === "sending" || transfer?.state === "waiting") {
      return actionButton(t("transfer.pause"), () => transfer.pause(), { fk, problems });
    }
    if (transfer?.state === "finishing" || transfer?.state === "done") return null;
    if (transfer && transfer.problem?.kind !== "file") {
      return actionButton(t("transfer.resume"), () => void transfer.resume(), {
        kind: "primary",
        fk,
        problems,
      });
    }
    if (!record() || inOtherTab()) return null;
    return actionButton(t("transfer.resume"), resumeFromFile, { kind: "primary", fk, problems });
  }

  async function resumeFromFile() {
    const known = record();
    let file = await reopen(known);
    if (!file) {
      toast(t("transfer.choose_again", { name: known.name }));
      file = (await choose(input))?.file;
    }
    if (!file) return;
    if (!(await isSame(file, known))) {
      fill(
        problems,
        note("bad", t("transfer.other_file", { name: known.name, size: bytes(known.size) })),
      );
      return;
    }
    const begun = await transfers.start({ ...item, ...known, id: item.id }, file);
    if (!begun) fill(problems, note("warn", t("transfer.other_tab")));
    changed();
  }

  function abandonButton() {
    return actionButton(t("upload.abandon"), abandon, {
      kind: "quiet",
      fk: `abandon-${item.id}`,
      name: t("upload.abandon_name", { name: item.filename }),
      problems,
    });
  }

  async function abandon() {
    const done = await confirmAction({
      title: t("upload.abandon_title"),
      text: t("upload.abandon_text"),
      label: t("upload.abandon_do"),
      async run() {
        await transfers.drop(item.id);
        await api.deleteUpload(item.id);
      },
    });
    if (done) changed();
  }

  async function removeFromList() {
    const done = await confirmAction({
      title: t("upload.remove_title", { name: item.filename }),
      text: t("upload.remove_text"),
      label: t("action.remove"),
      run: () => api.deleteUpload(item.id),
    });
    if (done) changed();
  }

  function outcome() {
    const { totals } = item;
    return h(
      "p",
      { class: "outcome" },
      h(
        "a",
        {
          class: "button primary",
          href: `#/uploads/${encodeURIComponent(item.id)}`,
          "data-fk": `result-${item.id}`,
        },
        t("upload.open_result"),
      ),
      h("span", null, t("upload.summary", totals)),
    );
  }

  function showProgress(part = item.progress) {
    const transfer = transfers.transferOf(item.id);
    if (transfer) progress.set(transfer.sent / item.bytes, sendingText(transfer));
    else if (item.state === "receiving") {
      progress.set(
        sent === null ? 0 : sent / item.bytes,
        sent === null
          ? " "
          : t("transfer.so_far", {
              part: percent(sent / item.bytes),
              sent: bytes(sent),
              total: bytes(item.bytes),
            }),
      );
    } else
      progress.set(
        item.state === "importing" ? (part ?? 0) : null,
        item.state === "importing"
          ? t("upload.importing", { part: percent(part ?? 0) })
          : t("upload.inspecting"),
      );
  }

  function sendingText(transfer) {
    const so = t("transfer.so_far", {
      part: percent(transfer.sent / item.bytes),
      sent: bytes(transfer.sent),
      total: bytes(item.bytes),
    });
    if (transfer.state === "waiting") return `${so} · ${t("transfer.waiting_text")}`;
    const speed = transfer.rate.perSecond();
    if (transfer.state !== "sending" || !speed) return so;
    const left = t("transfer.left", { time: duration(transfer.remaining) });
    return `${so} · ${t("transfer.speed", { speed: bytes(speed) })} · ${left}`;
  }
}

function stoppedText(problem) {
  if (problem.kind === "api" || problem.kind === "bug") return explain(problem.error);
  return t(`transfer.stopped_${problem.kind}`);
}

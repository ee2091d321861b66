// One upload of the list: on its way, being read in, or done.

import { html, useEffect, useReducer, useState } from "../../vendor/htm-preact/standalone.mjs";
import * as api from "../api.js";
import { confirmAction } from "../dialogs.js";
import { Mistake, explain, explainFailure } from "../errors.js";
import { bytes, duration, moment, monthDay, number, percent } from "../format.js";
import { t } from "../i18n.js";
import { pathName } from "../mailbox_names.js";
import { Action, Badge, Hidden, Menu, Name, Note, Progress } from "../parts.js";
import { address } from "../router.js";
import { choose, isSame, reopen } from "../upload/source.js";
import * as transfers from "../upload/transfers.js";
import { toast } from "../ui.js";

const WORKING = new Set(["received", "inspecting", "importing", "undoing"]);
const KINDS = { failed: "bad", abandoned: "plain", undone: "plain" };
const PASSING = new Set(["timed_out", "upload_failed_internally"]); // may go well the next time
const REDRAW_MS = 250;

export const isWorking = ({ state }) => WORKING.has(state);

/** `record`: what this browser remembers of the upload; `inOtherTab`: whether another of its tabs is
 *  sending it; `changed(id)` after something was done to it, with its id when it is gone. */
export function UploadRow({ upload, record, inOtherTab, input, changed }) {
  const transfer = useTransfer(upload.id);
  const sent = useArrived(upload, record && !transfer, inOtherTab);
  const { state, filename, failure, totals } = upload;
  const settled = !isWorking(upload) && (state === "completed" || totals.entries > 0);
  const [kind, label] = status(upload, transfer, record, inOtherTab);
  return html`<div class="row upload ${state} ${totals.rejected ? "some-failed" : ""}">
    <div class="row-text">
      <div class="row-head">
        <p class="row-title">
          ${settled
            ? html`<a class="row-link" href=${address("uploads", upload.id)}>
                <${Name} text=${filename} /><${Hidden}> ${t("upload.open_result")}<//>
              </a>`
            : html`<${Name} text=${filename} />`}
        </p>
        <${Badge} kind=${kind}>${label}<//>
      </div>
      <p class="meta">${facts(upload).map((fact) => html`<span>${fact}</span>`)}</p>
      <${Movement} ...${{ upload, transfer, record, sent }} />
      ${transfer?.state === "stopped" &&
      html`<${Note} kind="warn">${stoppedText(transfer.problem)}<//>`}
      ${state === "failed" && html`<p class="reason">${explainFailure(failure, "upload")}</p>`}
    </div>
    ${settled && html`<${Tally} totals=${totals} />`}
    <div class="row-actions"><${Buttons} ...${{ upload, transfer, record, inOtherTab, input, changed }} /></div>
  </div>`;
}

/** The transfer of this tab; the component is drawn again as it goes on. */
function useTransfer(id) {
  const [, draw] = useReducer((count) => count + 1, 0);
  const transfer = transfers.transferOf(id);
  useEffect(() => {
    const changed = (event) => event.detail.id === id && draw();
    transfers.events.addEventListener("change", changed);
    return () => transfers.events.removeEventListener("change", changed);
  }, [id]);
  useEffect(() => {
    if (!transfer) return undefined;
    let timer = null;
    const progressed = () => {
      timer ??= setTimeout(() => {
        timer = null;
        draw();
      }, REDRAW_MS);
    };
    transfer.addEventListener("progress", progressed);
    return () => {
      clearTimeout(timer);
      transfer.removeEventListener("progress", progressed);
    };
  }, [transfer]);
  return transfer;
}

/** How many bytes have arrived of an upload that this tab is not sending; null while unknown. */
function useArrived({ id, state }, wanted, inOtherTab) {
  const [sent, set] = useState(null);
  const ask = state === "receiving" && Boolean(wanted);
  useEffect(() => {
    if (!ask) return undefined;
    let alive = true;
    const look = () =>
      api.arrivedParts(id).then(
        ({ parts }) => alive && set(parts.reduce((sum, part) => sum + part.bytes, 0)),
        () => null, // only the bar is missing; going on asks again and says what is wrong
      );
    look();
    const timer = inOtherTab ? setInterval(look, 3_000) : null;
    return () => {
      alive = false;
      clearInterval(timer);
    };
  }, [ask, inOtherTab]);
  return sent;
}

/** [kind of badge, words]. */
function status({ state, totals }, transfer, record, inOtherTab) {
  if (state === "receiving") {
    if (transfer) return [transfer.active ? "busy" : "plain", t(`transfer.${transfer.state}`)];
    if (inOtherTab) return ["busy", t("transfer.in_other_tab")];
    return ["plain", t(record ? "transfer.interrupted" : "transfer.incomplete")];
  }
  const kind = state === "completed" ? (totals.rejected ? "warn" : "good") : (KINDS[state] ?? "busy");
  return [kind, t(`upload.state.${state}`)];
}

/** A completed one stays with its result; what ended otherwise leaves the list. */
function facts({ state, bytes: size, mailbox_path: path, source, created_at: created, purge_at: purge }) {
  return [
    source && t("upload.from_backup"),
    path && html`<${Name} text=${pathName(path)} />`,
    bytes(size),
    moment(created),
    purge && state !== "completed" && t("upload.purge", { day: monthDay(purge) }),
  ].filter(Boolean);
}

function Movement({ upload, transfer, record, sent }) {
  const { state, progress } = upload;
  const bar = (part, text) =>
    html`<${Progress} label=${`${t("upload.progress")} ${upload.filename}`} part=${part} text=${text} />`;
  if (isWorking(upload)) {
    if (state !== "importing") return bar(null, t(`upload.${state === "undoing" ? "undoing" : "inspecting"}`));
    return bar(progress ?? 0, t("upload.importing", { part: percent(progress ?? 0) }));
  }
  if (state !== "receiving") return null;
  if (transfer) return bar(transfer.sent / upload.bytes, sendingText(upload, transfer));
  if (record) return bar((sent ?? 0) / upload.bytes, sent === null ? " " : soFar(upload, sent));
  return html`<p class="soft">${t("transfer.incomplete_text")}</p>`;
}

const soFar = ({ bytes: whole }, sent) =>
  t("transfer.so_far", { part: percent(sent / whole), sent: bytes(sent), total: bytes(whole) });

function sendingText(upload, transfer) {
  const so = soFar(upload, transfer.sent);
  if (transfer.state === "waiting") return `${so} · ${t("transfer.waiting_text")}`;
  const speed = transfer.rate.perSecond();
  if (transfer.state !== "sending" || !speed) return so;
  const left = t("transfer.left", { time: duration(transfer.remaining) });
  return `${so} · ${t("transfer.speed", { speed: bytes(speed) })} · ${left}`;
}

function stoppedText(problem) {
  if (problem.kind === "api" || problem.kind === "bug") return explain(problem.error);
  return t(`transfer.stopped_${problem.kind}`);
}

/** "성공 50 · 중복 1 · 제외 2 · 실패 2" */
export const Tally = ({ totals }) =>
  html`<p class="tally">
    ${["imported", "duplicate", "ignored", "rejected"].map(
      (outcome, index) =>
        html`${index ? " · " : ""}<span class="${outcome} ${totals[outcome] ? "some" : ""}"
            >${t(`outcome.${outcome}`)} ${number(totals[outcome])}</span
          >`,
    )}
  </p>`;

function Buttons({ upload, transfer, record, inOtherTab, input, changed }) {
  const { state, failure, filename } = upload;
  if (state === "receiving") {
    return html`<${Going} ...${{ upload, transfer, record, inOtherTab, input, changed }} />
      <${Action} kind="quiet" what="abandon" run=${async () => (await abandon(upload)) && changed(upload.id)} name=${filename}>
        ${t("upload.abandon")}
      <//>`;
  }
  if (isWorking(upload)) return null;
  return html`${state === "failed" &&
    PASSING.has(failure?.code) &&
    html`<${Action} what="retry" name=${filename} run=${() => api.retryUpload(upload.id).then(() => changed())}>
      ${t("upload.retry")}
    <//>`}
    <${Menu} label=${t("upload.more", { name: filename })} what="upload-menu">
      ${upload.totals.imported > 0 &&
      (state === "completed" || state === "failed") &&
      html`<${Action} kind="menu-item" what="undo" run=${async () => (await undo(upload)) && changed()}>
        ${t("upload.undo")}
      <//>`}
      <${Action} kind="menu-item" what="remove" run=${async () => (await remove(upload)) && changed(upload.id)} name=${filename}>
        ${t("action.remove")}
      <//>
    <//>`;
}

function Going({ upload, transfer, record, inOtherTab, input, changed }) {
  const named = { name: upload.filename, what: "go" };
  if (["queued", "sending", "waiting"].includes(transfer?.state)) {
    return html`<${Action} ...${named} run=${() => transfer.pause()}>${t("transfer.pause")}<//>`;
  }
  if (["finishing", "done"].includes(transfer?.state)) return null;
  if (transfer && transfer.problem?.kind !== "file") {
    return html`<${Action} kind="primary" ...${named} run=${() => transfers.resume(transfer)}>${t("transfer.resume")}<//>`;
  }
  if (!record || inOtherTab) return null;
  return html`<${Action}
    kind="primary"
    ...${named}
    run=${async () => {
      await goOn(upload, record, input.current);
      changed();
    }}
  >
    ${t("transfer.resume")}
  <//>`;
}

/** Finds the file again and sends the rest. */
async function goOn(upload, record, input) {
  if (record.packed) throw new Mistake(t("transfer.choose_files_again"));
  let file = await reopen(record);
  if (!file) {
    toast(t("transfer.choose_again", { name: record.name }));
    file = (await choose(input, { multiple: false }))[0]?.file;
  }
  if (!file) return;
  if (!(await isSame(file, record))) {
    throw new Mistake(t("transfer.other_file", { name: record.name, size: bytes(record.size) }));
  }
  await sendRest(upload, record, file);
}

/** Sends what has not arrived of `file`. Raises Mistake where another tab does. */
export async function sendRest(upload, record, file) {
  const begun = await transfers.start({ ...upload, ...record, id: record.id }, file);
  if (!begun) throw new Mistake(t("transfer.other_tab"));
}

const abandon = (upload) =>
  confirmAction({
    title: t("upload.abandon_title"),
    text: t("upload.abandon_text"),
    label: t("upload.abandon_do"),
    async run() {
      await transfers.drop(upload.id);
      await api.deleteUpload(upload.id);
    },
  });

const remove = (upload) =>
  confirmAction({
    title: t("upload.remove_title", { name: upload.filename }),
    text: t("upload.remove_text"),
    label: t("action.remove"),
    run: () => api.deleteUpload(upload.id),
  });

/** Asks, and takes out what the upload brought in. True when that has begun. */
export const undo = (upload) =>
  confirmAction({
    title: t("upload.undo_title", { name: upload.filename }),
    text: [t("upload.undo_text", { n: upload.totals.imported }), t("upload.undo_stays")],
    label: t("upload.undo"),
    run: () => api.undoUpload(upload.id),
  });

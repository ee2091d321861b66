// One backup of the list.

import { html } from "../../vendor/htm-preact/standalone.mjs";
import * as api from "../api.js";
import { confirmAction } from "../dialogs.js";
import { explainFailure } from "../errors.js";
import { fetchAll, fetchOne, fetched, hasFetched, running } from "../fetched.js";
import { bytes, day, days, moment, monthDay, percent } from "../format.js";
import { t } from "../i18n.js";
import { pathName } from "../mailbox_names.js";
import { Action, Badge, Hidden, Icon, Name, Progress } from "../parts.js";
import { address, go } from "../router.js";
import { useValue } from "../store.js";
import { nameOf, readyFiles, removeBackup, sizeOf } from "./backup_full.js";

const WORKING = new Set(["requested", "collecting", "planning", "exporting"]);
const KINDS = { ready: "good", failed: "bad", expired: "plain", cancelled: "plain" };
const FEW = 3; // files that stand open

export const isWorking = ({ state }) => WORKING.has(state);

/** `changed(id)` after something was done to it, with its id when it is gone; `again(backup)` to ask
 *  for the same once more. */
export function BackupRow({ backup, limits, changed, again }) {
  const { state, volumes, failure } = backup;
  const name = nameOf(backup);
  return html`<div class="row tall ${state}">
      <div class="row-text">
        <div class="row-head">
          <h2 class="row-title"><${Name} text=${name} /></h2>
          <${Badge} kind=${KINDS[state] ?? "busy"}>${t(`backup.state.${state}`)}<//>
        </div>
        <p class="meta">${facts(backup).map((fact) => html`<span>${fact}</span>`)}</p>
      </div>
      <div class="row-actions"><${Buttons} ...${{ backup, name, changed, again }} /></div>
    </div>
    <div class="row-more">
      ${isWorking(backup) &&
      html`<${Progress}
        label=${`${t("backup.progress")} ${name}`}
        part=${state === "exporting" ? backup.progress : null}
        text=${progressText(backup, limits)}
      />`}
      ${state === "failed" && html`<p class="reason">${explainFailure(failure, "backup")}</p>`}
      ${volumes.length > 0 && html`<${Files} backup=${backup} limits=${limits} />`}
      ${backup.mailboxes.length > 1 && html`<${Chosen} mailboxes=${backup.mailboxes} />`}
      ${backup.purge_at &&
      html`<p class="soft">${t("backup.purge", { day: day(backup.purge_at) })}</p>`}
    </div>`;
}

function Buttons({ backup, name, changed, again }) {
  if (isWorking(backup)) {
    return html`<${Action}
      kind="quiet"
      what="cancel"
      run=${async () => (await cancel(backup)) && changed()}
      name=${name}
    >
      ${t("backup.cancel")}
    <//>`;
  }
  return html`${backup.state === "ready"
      ? html`<${AllFiles} backup=${backup} name=${name} />
          <${Action} kind="quiet" what="bring-back" run=${() => bringBack(backup)} name=${name}>
            ${t("backup.bring_back")}
          <//>`
      : html`<${Action} what="again" run=${() => again(backup)} name=${name}>${t("backup.again")}<//>`}
    <${Action}
      kind="quiet"
      what="delete"
      run=${async () => (await removeBackup(backup)) && changed(backup.id)}
      name=${name}
    >
      ${t("action.delete")}
    <//>`;
}

/** Counted things only where something was counted: a backup that was cancelled first was not. */
function facts({ state, from, to, query, messages, bytes: size, volumes, requested_at: asked }) {
  const zip = sizeOf(volumes.filter((file) => file.state === "ready"));
  return [
    query && t("backup.query", { q: query }),
    days(from, to),
    messages && !["requested", "collecting", "planning"].includes(state)
      ? t("mails", { n: messages })
      : null,
    messages && size ? t("backup.unpacked", { size: bytes(size) }) : null,
    state === "ready" && zip ? t("backup.packed", { size: bytes(zip) }) : null,
    t("backup.requested_at", { when: moment(asked) }),
  ].filter(Boolean);
}

function progressText({ state, volumes, progress }, limits) {
  if (state !== "exporting") return t(`backup.doing.${state}`, { hours: limits.backup_deadline_hours });
  const done = volumes.filter((file) => file.state === "ready").length;
  return t("backup.doing.exporting", { part: percent(progress ?? 0), done, total: volumes.length });
}

const Chosen = ({ mailboxes }) =>
  html`<details class="chosen">
    <summary>${t("backup.chosen", { n: mailboxes.length })}</summary>
    <ul>
      ${mailboxes.map(({ id, path }) => html`<li key=${id}><${Name} text=${pathName(path)} /></li>`)}
    </ul>
  </details>`;

function cancel(backup) {
  return confirmAction({
    title: t("backup.cancel_title"),
    text: t("backup.cancel_text"),
    label: t("backup.cancel_do"),
    run: () => api.cancelBackup(backup.id),
  });
}

/** Puts what the files hold back into its mailboxes, as an upload of the list. */
async function bringBack(backup) {
  const files = readyFiles(backup);
  const done = await confirmAction({
    title: t("backup.bring_back_title", { name: nameOf(backup) }),
    text: [t("backup.bring_back_text", { n: sumOf(files) }), t("backup.bring_back_twice")],
    label: t("backup.bring_back"),
    kind: "primary",
    run: () => api.restoreBackup(backup.id, files.map(({ number }) => number)),
  });
  if (done) go("uploads");
}

const sumOf = (files) => files.reduce((sum, { messages }) => sum + messages, 0);

/** "모두 다운로드", and how many of the files this browser has had. */
function AllFiles({ backup, name }) {
  useValue(fetched);
  const now = useValue(running);
  const files = readyFiles(backup);
  if (files.length < 2) return null;
  const left = files.filter((file) => !hasFetched(backup.id, file.number));
  const had = files.length - left.length;
  if (now?.id === backup.id) {
    const part = now.part === null ? "" : ` · ${percent(now.part)}`;
    return html`<span class="soft" role="status">${t("fetch.at", { n: now.number, total: files.length })}${part}</span>
      <${Action} key="stop" what="stop-all" run=${now.stop} name=${name}>${t("fetch.stop")}<//>`;
  }
  return html`${had > 0 && html`<span class="soft">${t("fetch.had", { n: had, total: files.length })}</span>`}
    <${Action}
      key="fetch"
      kind="primary"
      what="fetch-all"
      run=${() => fetchAll(backup.id, left.length ? left : files)}
      name=${name}
    >
      <${Icon} name="download" />${t(had && left.length ? "fetch.rest" : "fetch.all")}
    <//>`;
}

function Files({ backup, limits }) {
  useValue(fetched);
  const { volumes } = backup;
  const list = html`<ul class="files" aria-label=${t("backup.files")}>
    ${volumes.map((file) => html`<${FileLine} key=${file.number} ...${{ backup, file, limits }} />`)}
  </ul>`;
  const viewer = volumes.some(({ state }) => state === "ready") && html`<${Viewer} />`;
  if (volumes.length <= FEW) return [list, viewer];
  return html`<details class="file-group" open=${isWorking(backup)}>
    <summary>${t("files", { n: volumes.length })}</summary>
    ${list} ${viewer}
  </details>`;
}

/** The one file that looks into a downloaded one. */
const Viewer = () =>
  html`<p class="soft">
    ${t("backup.viewer")}${" "}
    <a href="/viewer.html" download=${t("backup.viewer_name")}>${t("backup.viewer_get")}</a>
  </p>`;

function FileLine({ backup, file, limits }) {
  const path = backup.mailboxes.find(({ id }) => id === file.mailbox_id)?.path;
  const several = backup.mailboxes.length > 1;
  const ready = file.state === "ready";
  const again = ready && file.bytes >= limits.upload_limit_bytes;
  return html`<li class="file">
    <${Icon} name=${hasFetched(backup.id, file.number) ? "check" : "file"} />
    <div class="file-text">
      <span class="file-name"><${Name} text=${file.filename} /></span>
      <span class="soft">
        ${several && path && html`<${Name} text=${pathName(path)} />${" · "}`}
        ${t("mails", { n: file.messages })}
        ${file.bytes ? ` · ${ready ? t("backup.packed", { size: bytes(file.bytes) }) : bytes(file.bytes)}` : ""}
        ${hasFetched(backup.id, file.number) && html`${" · "}${t("fetch.done")}`}
      </span>
      ${again && html`<span class="soft">${t("volume.too_large_again")}</span>`}
    </div>
    ${ready &&
    html`<a class="button quiet" data-do="look" href=${address("look", `${backup.id}.${file.number}`)}>
      ${t("volume.look")}<${Hidden}> <${Name} text=${file.filename} /><//>
    </a>`}
    ${ready
      ? html`<${Action} kind=${volumesOf(backup) > 1 ? "" : "primary"} run=${() => fetchOne(backup.id, file)}>
          <${Icon} name="download" />
          ${t("volume.download", { day: monthDay(file.expires_at) })}<${Hidden}> <${Name} text=${file.filename} /><//>
        <//>`
      : html`<span class="file-state soft">${t(`volume.state.${file.state}`)}</span>`}
  </li>`;
}

const volumesOf = ({ volumes }) => volumes.length;

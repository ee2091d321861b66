// Before anything is sent: what the files hold, where it goes, and what happens to doubles.

import { html, useEffect, useState } from "../../vendor/htm-preact/standalone.mjs";
import * as api from "../api.js";
import { Dialog } from "../dialogs.js";
import { bytes } from "../format.js";
import { t, words } from "../i18n.js";
import { fetchMailboxes, pathName, segments, treeOf, walk } from "../mailbox_names.js";
import { Action, Name, Note, Radios } from "../parts.js";
import { isSame } from "../upload/source.js";
import * as transfers from "../upload/transfers.js";
import { openDialog } from "../ui.js";
import { ZipError } from "../zip/directory.js";
import { inspect } from "../zip/inspect.js";
import { pack } from "../zip/pack.js";
import { newMailbox } from "./mailbox_new.js";
import { Locked } from "./upload_locked.js";
import { sendRest } from "./upload_row.js";

const SYSTEM = /(^|\/)(\.|__MACOSX\/|thumbs\.db$|desktop\.ini$)/i;
const isZip = ({ path }) => /\.zip$/i.test(path);
const isMail = ({ path }) => /\.eml$/i.test(path);

/** Opens the dialog for chosen files, `[{file, path, handle}]`: ZIPs as they are, loose mails packed.
 *  `mailbox`: the id that is preselected; `records`: what this browser was sending, by upload id. A
 *  file that was being sent goes on without a question. Answers the new uploads, or undefined. */
export async function openUploads(me, found, { mailbox, records }) {
  const wanted = found.filter(({ path }) => !SYSTEM.test(path));
  const fresh = await withoutKnown(wanted, records);
  if (!fresh.length && wanted.length) return undefined;
  const mails = fresh.filter(isMail);
  const zips = fresh.filter(isZip);
  const others = fresh.length - mails.length - zips.length;
  if (!mails.length && !zips.length) return refuse(found[0].file, t("error.not_a_zip_name"));
  const { mailboxes } = await fetchMailboxes();
  return openDialog(
    (close) => html`<${Begin} ...${{ me, zips, mails, others, mailboxes, mailbox, records, close }} />`,
  );
}

/** Files this browser has begun to send before go on; answers the others. */
async function withoutKnown(found, records) {
  const fresh = [];
  for (const each of found) {
    const record = await recordOf(each.file, records);
    if (record) await sendRest({}, record, each.file);
    else fresh.push(each);
  }
  return fresh;
}

async function recordOf(file, records) {
  for (const record of records.values()) {
    if (!transfers.transferOf(record.id) && (await isSame(file, record))) return record;
  }
  return null;
}

function refuse(file, why) {
  return openDialog(
    (close) =>
      html`<${Dialog} title=${t("begin.refused")} close=${close}>
        <${Note} kind="bad"><p><strong><${Name} text=${file.name} /></strong></p><p>${why}</p><//>
      <//>`,
  );
}

/** Why this file cannot be sent at all, or null. */
function refusal(file, limits) {
  if (file.size >= limits.upload_limit_bytes) {
    return t("begin.too_large", { size: bytes(file.size), limit: bytes(limits.upload_limit_bytes) });
  }
  return file.size === 0 ? t("failure.empty") : null;
}

/** What a file holds: `{file, handle, packed, holds, problem}`; one of the last two once it is read. */
async function lookInto(item, limits) {
  const refused = refusal(item.file, limits);
  if (refused) return { ...item, problem: refused };
  try {
    return { ...item, holds: await inspect(item.file, limits) };
  } catch (error) {
    const problem = error instanceof ZipError ? t(`failure.${error.code}`) : t("transfer.stopped_file");
    return { ...item, problem };
  }
}

function Begin({ me, zips, mails, others, mailboxes: held, mailbox, records, close }) {
  const { limits } = me;
  const [items, setItems] = useState(() => zips.map(({ file, handle }) => ({ file, handle, packed: false })));
  const [packing, setPacking] = useState(mails.length ? 0 : null);
  const [problem, setProblem] = useState(null);
  const [mailboxes, setMailboxes] = useState(held);
  const [chosen, choose] = useState(mailbox ?? null);
  const [folders, setFolders] = useState("one");
  const [doubles, setDoubles] = useState("skip");
  const [begun] = useState([]);

  useEffect(() => {
    let alive = true;
    const put = (item) => {
      const same = (each) => each.file === item.file;
      if (!alive) return;
      setItems((all) => (all.some(same) ? all.map((each) => (same(each) ? item : each)) : [...all, item]));
    };
    (async () => {
      if (mails.length) {
        const options = { name: packName(mails), limit: limits.upload_limit_bytes, tell: setPacking };
        const files = await pack(mails, options);
        const known = await Promise.all(files.map((file) => recordOf(file, records)));
        await Promise.all(known.map((record, index) => record && sendRest({}, record, files[index])));
        for (const file of files.filter((_, index) => !known[index])) {
          put(await lookInto({ file, handle: null, packed: true }, limits));
        }
        if (alive) setPacking(null);
        if (known.every(Boolean) && !zips.length) close();
      }
      for (const { file, handle } of zips) {
        put(await lookInto({ file, handle, packed: false }, limits));
      }
    })().catch(() => alive && setProblem(t("transfer.stopped_file")));
    return () => (alive = false);
  }, []);

  const good = items.filter(({ holds }) => holds?.mails > 0);
  const reading = packing !== null || items.some(({ holds, problem: why }) => !holds && !why);
  const target = chosen ?? named(good, mailboxes) ?? mailboxes.find(isInbox)?.id ?? mailboxes[0]?.id ?? "";
  const several = good.some(({ holds }) => holds.folders > 1 || holds.manifest.length > 0);

  /** What a ZIP with a password held takes its place, as ZIPs without one. */
  const unlocked = async (item, files) => {
    const name = item.file.name.replace(/\.zip$/i, "");
    const zips = await pack(files, { name, limit: limits.upload_limit_bytes, tell() {} });
    const open = await Promise.all(zips.map((file) => lookInto({ file, handle: null, packed: true }, limits)));
    setItems((all) => all.flatMap((each) => (each.file === item.file ? open : [each])));
  };

  const send = async () => {
    for (const item of good.filter(({ file }) => !begun.some((each) => each.file === file))) {
      const upload = await api.createUpload({
        filename: item.file.name,
        bytes: item.file.size,
        ...(target && { mailbox_id: target }),
        on_duplicate: doubles,
        ...(folders === "from_zip" && { folders }),
      });
      begun.push({ file: item.file, upload });
      await transfers.begin(upload, item);
    }
    close(begun.map(({ upload }) => upload));
  };

  const addMailbox = async () => {
    const made = await newMailbox();
    if (!made) return;
    setMailboxes((all) => [...all, made]);
    choose(made.id);
  };

  return html`<${Dialog}
    wide
    title=${t("begin.title")}
    label=${t("begin.submit")}
    close=${close}
    send=${send}
    ready=${good.length > 0 && !reading && (target || folders === "from_zip")}
  >
    ${problem && html`<${Note} kind="bad">${problem}<//>`}
    ${packing !== null && html`<p class="soft" role="status">${t("begin.packing", { n: packing, total: mails.length })}</p>`}
    ${items.map(
      (item) =>
        html`<${Holdings} item=${item} />
          ${item.holds?.reasons.has("encrypted") &&
          html`<${Locked} item=${item} opened=${(files) => unlocked(item, files)} />`}`,
    )}
    ${others > 0 && html`<p class="soft">${t("begin.others", { n: others })}</p>`}
    <p class="soft">${t("begin.checked_again")}</p>
    <div class="field">
      <label for="begin-mailbox">
        ${t(folders === "from_zip" ? "begin.mailbox_below" : "begin.mailbox")}
      </label>
      <div class="joined">
        <select id="begin-mailbox" value=${target} onchange=${(event) => choose(event.target.value)}>
          ${folders === "from_zip" && html`<option value="">${t("begin.top")}</option>`}
          <${Options} mailboxes=${mailboxes} />
        </select>
        <${Action} what="new-mailbox" run=${addMailbox}>${t("mailbox.new")}<//>
      </div>
    </div>
    ${several &&
    html`<${Radios} name="folders" label=${t("begin.folders")} say=${(each) => t(`begin.folders_${each}`)} values=${["one", "from_zip"]} value=${folders} change=${setFolders} />`}
    <${Radios} name="doubles" label=${t("begin.doubles")} say=${(each) => t(`begin.doubles_${each}`)} values=${["skip", "keep"]} value=${doubles} change=${setDoubles} />
  <//>`;
}

const isInbox = (mailbox) => mailbox.special_use === "inbox";

/** The mailbox our own manifest names, if all the files name one and the same that is here. */
function named(items, mailboxes) {
  const paths = new Set(items.flatMap(({ holds }) => holds.manifest.map((path) => path.normalize("NFC"))));
  if (paths.size !== 1 || items.some(({ holds }) => !holds.manifest.length)) return null;
  const [path] = paths;
  return mailboxes.find((mailbox) => mailbox.path.normalize("NFC") === path)?.id ?? null;
}

/** Loose mails are called after the folder they were in. */
function packName(mails) {
  const [first] = mails[0].path.split("/");
  return mails[0].path.includes("/") ? first : t("begin.loose");
}

/** Folders below each other, indented as far as an option can be. */
function Options({ mailboxes }) {
  return [...walk(treeOf(mailboxes))]
    .filter(([{ mailbox }]) => mailbox)
    .map(
      ([{ mailbox, path }, depth]) =>
        html`<option value=${mailbox.id}>
          ${depth ? `${"\u2003".repeat(depth)}${segments(path).at(-1)}` : pathName(path)}
        </option>`,
    );
}

const Holdings = ({ item: { file, holds, problem } }) =>
  html`<div class="estimate" role="status">
    <p class="file-line"><strong><${Name} text=${file.name} /></strong> · ${bytes(file.size)}</p>
    ${problem
      ? html`<${Note} kind="bad">${problem}<//>`
      : holds
        ? html`<p class="figures"><strong>${t("begin.mails", { n: holds.mails })}</strong></p>
            ${holds.mails === 0 && html`<${Note} kind="warn">${t("begin.no_mails")}<//>`}
            <${Group} outcome="rejected" holds=${holds} /><${Group} outcome="ignored" holds=${holds} />`
        : html`<p class="soft">${t("begin.reading")}</p>`}
  </div>`;

/** What is left out, by reason, with a few names each. */
function Group({ outcome, holds }) {
  if (!holds[outcome]) return null;
  const reasons = [...holds.reasons].filter(([, held]) => held.outcome === outcome);
  return html`<details class="group">
    <summary>${t(`begin.${outcome}`, { n: holds[outcome] })}</summary>
    <ul class="reasons">
      ${reasons.map(
        ([reason, { count, names }]) =>
          html`<li>
            <span class="count">${t("entries", { n: count })}</span> ${words("reason", reason, reason)}
            <ul class="examples">
              ${names.map((name) => html`<li><${Name} text=${name} /></li>`)}
              ${count > names.length && html`<li>${t("begin.and_others", { n: count - names.length })}</li>`}
            </ul>
          </li>`,
      )}
    </ul>
  </details>`;
}

// Mailboxes as a tree with the number of mails; from here they are backed up and mail is put in.

import { html } from "../../vendor/htm-preact/standalone.mjs";
import * as api from "../api.js";
import { useLive } from "../data.js";
import { confirmAction } from "../dialogs.js";
import { bytes, number } from "../format.js";
import { t } from "../i18n.js";
import { fetchMailboxes, pathName, treeOf, walk, within } from "../mailbox_names.js";
import { Action, Empty, Failed, Hidden, Icon, Loading, Name, PageHead } from "../parts.js";
import { address, go } from "../router.js";
import { announce } from "../ui.js";
import { askFor } from "./backups.js";
import { newMailbox } from "./mailbox_new.js";
import { Standing } from "./notready.js";
import { uploadInto } from "./uploads.js";

export function View({ me }) {
  const list = useLive(fetchMailboxes);
  const mailboxes = list.data?.mailboxes;
  const add = async () => {
    const made = await newMailbox();
    if (!made) return;
    await list.refresh();
    announce(t("mailbox.made", { path: made.path }));
  };
  return html`<${PageHead} title=${t("mailboxes.title")} lead=${t("mailboxes.lead")}>
      ${me.mail_ready &&
      html`<${Action} what="add-mailbox" run=${add}><${Icon} name="plus" />${t("mailbox.new")}<//>`}
    <//>
    <${Standing} me=${me} />
    ${list.error && html`<${Failed} list=${list} />`}
    ${mailboxes
      ? mailboxes.length
        ? html`<${Tree} ...${{ mailboxes, ready: me.mail_ready, changed: list.refresh }} />`
        : html`<${Empty} title=${t("mailboxes.none")} />`
      : !list.error && html`<${Loading} />`}`;
}

const sum = (mailboxes, key) => mailboxes.reduce((total, mailbox) => total + mailbox[key], 0);

const Tree = ({ mailboxes, ready, changed }) =>
  html`<div class="sheet table-sheet">
    <table>
      <thead>
        <tr>
          <th scope="col">${t("mailboxes.path")}</th>
          <th scope="col" class="figure">${t("mailboxes.count")}</th>
          <th scope="col" class="figure size">${t("mailboxes.size")}</th>
          ${ready && html`<td></td>`}
        </tr>
      </thead>
      <tbody>
        ${[...walk(treeOf(mailboxes))].map(
          ([node, depth]) => html`<${Line} key=${node.path} ...${{ node, depth, ready, changed }} />`,
        )}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">${t("mailboxes.sum")}</th>
          <td class="figure">${number(sum(mailboxes, "messages"))}</td>
          <td class="figure size">${bytes(sum(mailboxes, "bytes"))}</td>
          ${ready && html`<td></td>`}
        </tr>
      </tfoot>
    </table>
  </div>`;

function Line({ node, depth, ready, changed }) {
  const { mailbox } = node;
  return html`<tr>
    <th scope="row">
      <span class="tree-name" style=${{ "--depth": depth }}>
        <${Icon} name=${mailbox?.special_use === "inbox" ? "inbox" : "folder"} />
        ${mailbox?.messages
          ? html`<a href=${address("mailboxes", mailbox.id)}><${Called} node=${node} /></a>`
          : html`<span><${Called} node=${node} /></span>`}
      </span>
    </th>
    <td class="figure">${mailbox && number(mailbox.messages)}</td>
    <td class="figure size">${mailbox && bytes(mailbox.bytes)}</td>
    ${ready && html`<td class="line-actions"><${Buttons} ...${{ node, changed }} /></td>`}
  </tr>`;
}

const Called = ({ node: { above, name } }) =>
  html`${above && html`<${Hidden}><${Name} text=${above} />/<//>`}<${Name} text=${name} />`;

function Buttons({ node, changed }) {
  const { mailbox, path } = node;
  const name = pathName(path);
  const backUp = () => {
    askFor({ mailboxes: within(node) });
    go("backups");
  };
  const upload = () => {
    uploadInto(mailbox);
    go("uploads");
  };
  const drop = async () => {
    const done = await confirmAction({
      title: t("mailbox.delete_title", { path: name }),
      text: t("mailbox.delete_text"),
      label: t("action.delete"),
      run: () => api.deleteMailbox(mailbox.id),
    });
    if (done) await changed();
  };
  const empty = mailbox && mailbox.messages === 0 && !mailbox.special_use && !node.children.length;
  return html`<${Action} kind="quiet small" what="back-up" run=${backUp} name=${name}>
      <${Icon} name="download" /><span class="word">${t("mailbox.back_up")}</span>
    <//>
    ${mailbox &&
    html`<${Action} kind="quiet small" what="put-in" run=${upload} name=${name}>
      <${Icon} name="send" /><span class="word">${t("mailbox.put_in")}</span>
    <//>`}
    ${empty &&
    html`<${Action} kind="quiet small" what="drop-mailbox" run=${drop} name=${name}>
      <${Icon} name="close" /><span class="word">${t("action.delete")}</span>
    <//>`}`;
}

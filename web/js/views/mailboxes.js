// Mailboxes with the number of mails, to compare with what a backup or an upload says.

import * as api from "../api.js";
import { fill, h, icon } from "../dom.js";
import { bytes, number } from "../format.js";
import { t } from "../i18n.js";
import { actionButton, announce, dialog, pageHead, plainButton } from "../ui.js";
import { notices, notReady } from "./notready.js";

export async function show(main, app) {
  const table = h("div", { class: "card table-card" });
  const add = actionButton([icon("plus"), t("mailbox.new")], addMailbox, { fk: "add-mailbox" });
  fill(
    main,
    pageHead(t("mailboxes.title"), t("mailboxes.lead"), app.me.mail_ready && add),
    notices(app.me),
    notReady(app.me),
    table,
  );
  await refresh();

  async function addMailbox() {
    const made = await newMailbox();
    if (!made) return;
    await refresh();
    announce(t("mailbox.made", { path: made.path }));
  }

  async function refresh() {
    const { mailboxes } = await api.mailboxes();
    fill(
      table,
      mailboxes.length ? grid(mailboxes) : h("p", { class: "empty" }, t("mailboxes.none")),
    );
  }
}

function grid(mailboxes) {
  const sum = (key) => mailboxes.reduce((total, mailbox) => total + mailbox[key], 0);
  return h(
    "table",
    null,
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        h("th", { scope: "col" }, t("mailboxes.path")),
        h("th", { scope: "col", class: "figure" }, t("mailboxes.count")),
        h("th", { scope: "col", class: "figure" }, t("mailboxes.size")),
      ),
    ),
    h(
      "tbody",
      null,
      mailboxes.map((mailbox) =>
        h(
          "tr",
          null,
          h("th", { scope: "row" }, mailbox.path),
          h("td", { class: "figure" }, number(mailbox.messages)),
          h("td", { class: "figure" }, bytes(mailbox.bytes)),
        ),
      ),
    ),
    h(
      "tfoot",
      null,
      h(
        "tr",
        null,
        h("th", { scope: "row" }, t("mailboxes.sum")),
        h("td", { class: "figure" }, number(sum("messages"))),
        h("td", { class: "figure" }, bytes(sum("bytes"))),
      ),
    ),
  );
}

/** Asks for a name and makes the mailbox. Answers it, or undefined. */
export function newMailbox() {
  return dialog({
    title: t("mailbox.new"),
    build(close) {
      const problems = h("div");
      const path = h("input", {
        type: "text",
        id: "mailbox-path",
        maxlength: "200",
        autocomplete: "off",
      });
      const make = actionButton(
        t("mailbox.make"),
        async () => {
          close(await api.createMailbox(path.value.trim().replace(/\s*\/\s*/g, "/")));
        },
        { kind: "primary", problems },
      );
      path.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault();
        make.click();
      });
      return {
        body: [
          h(
            "div",
            { class: "field" },
            h("label", { for: path.id }, t("mailbox.path")),
            path,
            h("p", { class: "soft" }, t("mailbox.hint")),
          ),
          problems,
        ],
        foot: [plainButton(t("action.close"), () => close()), make],
      };
    },
  });
}

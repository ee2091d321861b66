// Before anything is sent: what the ZIP holds, where it goes, and what happens to doubles.

import * as api from "../api.js";
import { fill, h } from "../dom.js";
import { bytes } from "../format.js";
import { t, words } from "../i18n.js";
import * as transfers from "../upload/transfers.js";
import { actionButton, dialog, note, plainButton } from "../ui.js";
import { inspect } from "../zip/inspect.js";
import { ZipError } from "../zip/directory.js";
import { newMailbox } from "./mailboxes.js";

const MESSAGE_LIMIT = 157_286_400; // where the service does not say its own

/** Opens the dialog for a chosen file. Answers the new upload when sending has begun. */
export async function openUpload(app, found) {
  const refused = refusal(found.file, app.me.limits);
  if (refused) {
    return dialog({
      title: t("begin.refused"),
      build: (close) => ({
        body: note("bad", h("p", null, h("strong", null, found.file.name)), h("p", null, refused)),
        foot: plainButton(t("action.close"), () => close()),
      }),
    });
  }
  const { mailboxes } = await api.mailboxes();
  return dialog({
    title: t("begin.title"),
    wide: true,
    build: (close) => new BeginForm(app.me.limits, mailboxes, found, close).parts(),
  });
}

/** Why this file cannot be sent at all, or null. */
function refusal(file, limits) {
  if (!/\.zip$/i.test(file.name)) return t("error.not_a_zip_name");
  if (file.size >= limits.upload_limit_bytes) {
    return t("begin.too_large", {
      size: bytes(file.size),
      limit: bytes(limits.upload_limit_bytes),
    });
  }
  return file.size === 0 ? t("failure.empty") : null;
}

class BeginForm {
  constructor(limits, mailboxes, found, close) {
    Object.assign(this, { limits, mailboxes, found, close });
    this.problems = h("div");
    this.summary = h("div", { class: "estimate", role: "status" });
    this.submit = actionButton(t("begin.submit"), () => this.send(), {
      kind: "primary",
      problems: this.problems,
    });
    this.allow({ readable: false, adding: false });
    this.select = h("select", { id: "begin-mailbox" });
    this.fillMailboxes();
    this.read();
  }

  fillMailboxes(chosen) {
    const inbox = this.mailboxes.find((mailbox) => mailbox.special_use === "inbox");
    const wanted = chosen ?? inbox?.id;
    fill(
      this.select,
      this.mailboxes.map((mailbox) =>
        h("option", { value: mailbox.id, selected: mailbox.id === wanted }, mailbox.path),
      ),
    );
  }

  parts() {
    const add = plainButton(t("mailbox.new"), () => this.addMailbox());
    const radio = (value, checked) =>
      h(
        "label",
        { class: "check", for: `double-${value}` },
        h("input", { type: "radio", name: "double", id: `double-${value}`, value, checked }),
        h("span", null, t(`begin.${value}`)),
      );
    const skip = radio("skip", true);
    const keep = radio("keep", false);
    this.keep = keep.querySelector("input");
    return {
      body: [
        h(
          "p",
          { class: "file-line" },
          h("strong", null, this.found.file.name),
          " · ",
          bytes(this.found.file.size),
        ),
        this.summary,
        h(
          "div",
          { class: "field" },
          h("label", { for: this.select.id }, t("begin.mailbox")),
          h("div", { class: "joined" }, this.select, add),
        ),
        h(
          "fieldset",
          null,
          h("legend", null, t("begin.doubles")),
          h("div", { class: "radios" }, skip, keep),
        ),
        this.problems,
      ],
      foot: [plainButton(t("action.close"), () => this.close()), this.submit],
    };
  }

  async addMailbox() {
    this.allow({ adding: true }); // nothing may start before the new mailbox stands in the list
    const made = await newMailbox();
    if (made) {
      this.mailboxes = [...this.mailboxes, made];
      this.fillMailboxes(made.id);
    }
    this.allow({ adding: false });
  }

  /** What sending waits for: that the file is read, and that no mailbox is being added. */
  allow(change) {
    Object.assign(this, change);
    this.submit.disabled = !this.readable || this.adding;
  }

  async read() {
    fill(
      this.summary,
      h("h3", null, t("begin.holds")),
      h("p", { class: "soft" }, t("begin.reading")),
    );
    const limits = { message_limit_bytes: MESSAGE_LIMIT, ...this.limits };
    try {
      const holds = await inspect(this.found.file, limits);
      fill(this.summary, h("h3", null, t("begin.holds")), holdings(holds));
      this.allow({ readable: holds.mails > 0 });
    } catch (error) {
      const text =
        error instanceof ZipError ? t(`failure.${error.code}`) : t("transfer.stopped_file");
      fill(this.summary, h("h3", null, t("begin.holds")), note("bad", text));
    }
  }

  async send() {
    const { file } = this.found;
    const upload = await api.createUpload({
      filename: file.name,
      bytes: file.size,
      mailbox_id: this.select.value,
      on_duplicate: this.keep.checked ? "keep" : "skip",
    });
    await transfers.begin(upload, this.found);
    this.close(upload);
  }
}

function holdings(holds) {
  const lines = (outcome) =>
    [...holds.reasons]
      .filter(([, held]) => held.outcome === outcome)
      .map(([reason, held]) =>
        h(
          "li",
          null,
          h("span", { class: "count" }, t("entries", { n: held.count })),
          " ",
          words("reason", reason, reason),
          h(
            "ul",
            { class: "examples" },
            held.names.map((name) => h("li", null, name)),
            held.count > held.names.length &&
              h("li", null, t("begin.and_others", { n: held.count - held.names.length })),
          ),
        ),
      );
  const group = (outcome, count) =>
    count > 0 &&
    h(
      "details",
      { class: "group" },
      h("summary", null, t(`begin.${outcome}`, { n: count })),
      h("ul", { class: "reasons" }, lines(outcome)),
    );
  return [
    h("p", { class: "figures" }, h("strong", null, t("begin.mails", { n: holds.mails }))),
    holds.mails === 0 && note("warn", t("begin.no_mails")),
    group("rejected", holds.rejected),
    group("ignored", holds.ignored),
    h("p", { class: "soft" }, t("begin.checked_again")),
  ];
}

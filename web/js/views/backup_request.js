// Asking for a backup: which mailboxes, which days, and what that comes to.

import * as api from "../api.js";
import { fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { bytes, exactMoment, fromTheBeginning } from "../format.js";
import { NetworkError } from "../http.js";
import { t } from "../i18n.js";
import { actionButton, dialog, note, plainButton } from "../ui.js";
import { PeriodFields, sizeField } from "./backup_fields.js";
import { fullList } from "./backup_full.js";

const CALM_MS = 250; // between the last change and the estimate
const STALE_MS = 1_000; // figures of the choice before may stay so long, greyed, and then mislead

/** Opens the dialog; `before`: a backup to start from. Answers the new backup, or undefined. */
export async function openRequest(app, before) {
  const { mailboxes } = await api.mailboxes();
  return dialog({
    title: t("request.title"),
    wide: true,
    build: (close) => new RequestForm(app.me.limits, mailboxes, before, close).parts(),
  });
}

class RequestForm {
  constructor(limits, mailboxes, before, close) {
    Object.assign(this, { limits, mailboxes, close });
    this.problems = h("div");
    this.estimate = h("div", { class: "estimate", role: "status" });
    this.submit = actionButton(t("request.submit"), () => this.send(), {
      kind: "primary",
      problems: this.problems,
    });
    this.boxes = mailboxes.map((mailbox) => this.box(mailbox, before));
    this.all = h("input", {
      type: "checkbox",
      id: "request-all",
      onchange: () => this.toggleAll(),
    });
    this.period = new PeriodFields(before?.period, () => this.changed());
    this.size = sizeField(limits, () => this.changed());
    this.changed();
  }

  box(mailbox, before) {
    const usual = this.mailboxes.find((each) => each.special_use === "inbox") ?? this.mailboxes[0];
    const chosen = before
      ? before.mailboxes.some((each) => each.id === mailbox.id)
      : mailbox === usual;
    return h("input", {
      type: "checkbox",
      value: mailbox.id,
      id: `request-${mailbox.id}`,
      checked: chosen,
      onchange: () => this.changed(),
    });
  }

  parts() {
    const rows = this.mailboxes.map((mailbox, index) =>
      h(
        "li",
        null,
        h(
          "label",
          { class: "check", for: this.boxes[index].id },
          this.boxes[index],
          h("span", { class: "grow" }, mailbox.path),
          h("span", { class: "soft count" }, t("mails", { n: mailbox.messages })),
        ),
      ),
    );
    const body = [
      h(
        "fieldset",
        null,
        h("legend", null, t("request.mailboxes")),
        h(
          "label",
          { class: "check all", for: "request-all" },
          this.all,
          h("span", { class: "grow" }, t("request.all_mailboxes")),
        ),
        h("ul", { class: "choices" }, rows),
      ),
      this.period.node,
      this.size.node,
    ];
    const aside = [this.estimate, this.problems];
    const foot = [plainButton(t("action.close"), () => this.close()), this.submit];
    return { body, aside, foot };
  }

  toggleAll() {
    for (const box of this.boxes) box.checked = this.all.checked;
    this.changed();
  }

  chosen() {
    return this.boxes.filter((box) => box.checked).map((box) => box.value);
  }

  selection() {
    const ids = this.chosen();
    const body = {
      mailboxes: ids.length === this.boxes.length ? "all" : ids,
      period: this.period.value(),
    };
    const size = this.size.value();
    return size === null ? body : { ...body, volume_bytes: size };
  }

  changed() {
    const count = this.chosen().length;
    this.all.checked = count === this.boxes.length;
    this.all.indeterminate = count > 0 && count < this.boxes.length;
    clearTimeout(this.timer);
    clearTimeout(this.stale);
    this.asking?.abort();
    const lacking = count === 0 ? t("request.choose_mailbox") : this.period.problem();
    this.submit.disabled = true;
    if (lacking) this.say(h("p", { class: "soft" }, lacking));
    else {
      this.estimate.classList.add("asking");
      this.timer = setTimeout(() => this.ask(), CALM_MS);
      if (this.figures) this.stale = setTimeout(() => this.sayAsking(), STALE_MS);
      else this.sayAsking();
    }
  }

  async ask() {
    const asking = (this.asking = new AbortController());
    try {
      const found = await api.estimate(this.selection(), asking.signal);
      if (asking.signal.aborted) return;
      this.say(estimateText(found));
      this.figures = true;
      this.submit.disabled = found.messages === 0;
    } catch (error) {
      if (asking.signal.aborted) return;
      if (error.code === "nothing_to_back_up")
        return this.say(h("p", null, t("error.nothing_to_back_up")));
      // The service is busy, or its answer came too late. The request itself needs no estimate,
      // and nobody may be kept from their backup by one.
      const passing = error instanceof NetworkError || error.status >= 500;
      this.submit.disabled = !passing;
      this.say(note("warn", passing ? t("request.no_estimate") : explain(error)));
    }
  }

  sayAsking() {
    this.say(h("p", { class: "soft" }, t("request.estimating")));
  }

  say(...content) {
    clearTimeout(this.stale);
    this.figures = false;
    this.estimate.classList.remove("asking");
    fill(this.estimate, h("h3", null, t("request.estimate")), ...content);
  }

  async send() {
    try {
      this.close(await api.requestBackup(this.selection()));
    } catch (error) {
      if (error.code !== "too_many_backups") throw error;
      const fresh = await api.backups();
      fill(
        this.problems,
        note(
          "bad",
          h("p", null, explain(error)),
          fullList(fresh.backups, () => fill(this.problems)),
        ),
      );
      this.problems.scrollIntoView({ block: "nearest" });
    }
  }
}

function estimateText(found) {
  const volumes = Array.isArray(found.volumes) ? found.volumes.length : found.volumes;
  const until = new Date(new Date(found.to).getTime() - 1000);
  return [
    h(
      "p",
      { class: "figures" },
      h("strong", null, t("mails", { n: found.messages })),
      " · ",
      bytes(found.bytes),
      " · ",
      t("files", { n: volumes }),
    ),
    h(
      "p",
      { class: "soft" },
      !fromTheBeginning(found.from)
        ? t("request.exact", { from: exactMoment(found.from), to: exactMoment(until) })
        : t("request.exact_until", { to: exactMoment(until) }),
    ),
  ];
}

// What to do when every place for a backup is taken.

import { h } from "../dom.js";
import { exactMoment } from "../format.js";
import { t } from "../i18n.js";
import { actionButton, dialog, plainButton } from "../ui.js";
import { nameOf, remove } from "./backup_row.js";

/** All slots are taken: says so and offers what can be deleted. True when a slot was freed. */
export function slotsFull(slots, backups) {
  return dialog({
    title: t("full.title"),
    build: (close) => ({
      body: [
        h("p", null, t("full.text", { limit: slots.limit })),
        slots.next_free_at &&
          h("p", null, t("backups.next_free", { when: exactMoment(slots.next_free_at) })),
        fullList(backups, () => close(true)),
      ],
      foot: plainButton(t("action.close"), () => close()),
    }),
  });
}

/** The backups that could be deleted, each with its button. `freed()` after one was. */
export function fullList(backups, freed) {
  const ready = backups.filter((backup) => backup.state === "ready");
  if (!ready.length) return h("p", { class: "soft" }, t("full.none_ready"));
  return h(
    "ul",
    { class: "plain" },
    ready.map((backup) =>
      h(
        "li",
        { class: "line" },
        h(
          "span",
          { class: "grow" },
          nameOf(backup),
          h(
            "span",
            { class: "soft" },
            ` · ${t("backup.until", { when: exactMoment(backup.expires_at) })}`,
          ),
        ),
        actionButton(t("action.delete"), () => remove(backup, freed), {
          name: t("backup.delete_name", { name: nameOf(backup) }),
        }),
      ),
    ),
  );
}

// Fields of the request: which days, and how large the files may be.

import { h } from "../dom.js";
import { bytes, isoDay } from "../format.js";
import { t } from "../i18n.js";

/** All, this year, or from one day to another. `period`: what stands there at first. */
export class PeriodFields {
  constructor(period, changed) {
    const kind = period?.kind ?? "all";
    const radio = (value) =>
      h("input", {
        type: "radio",
        name: "period",
        value,
        id: `period-${value}`,
        checked: kind === value,
        onchange: () => this.switch(changed),
      });
    this.radios = ["all", "this_year", "range"].map(radio);
    const date = (name, value) =>
      h("input", { type: "date", id: `period-${name}`, value, max: isoDay(), oninput: changed });
    this.from = date("from", period?.from ?? `${isoDay(1).slice(0, 4)}-01-01`);
    this.to = date("to", period?.to ?? isoDay(1));
    this.range = h(
      "div",
      { class: "range" },
      h("label", { for: "period-from" }, t("request.from")),
      this.from,
      h("label", { for: "period-to" }, t("request.to")),
      this.to,
    );
    this.range.hidden = kind !== "range";
    this.node = h(
      "fieldset",
      null,
      h("legend", null, t("request.period")),
      h(
        "div",
        { class: "radios" },
        this.radios.map((input) =>
          h(
            "label",
            { class: "check", for: input.id },
            input,
            h("span", null, t(`period.${input.value}`)),
          ),
        ),
      ),
      this.range,
    );
  }

  kind() {
    return this.radios.find((input) => input.checked).value;
  }

  switch(changed) {
    this.range.hidden = this.kind() !== "range";
    changed();
    if (!this.range.hidden) this.range.scrollIntoView({ block: "nearest" });
  }

  problem() {
    if (this.kind() !== "range") return null;
    if (!this.from.value || !this.to.value) return t("request.choose_days");
    return this.from.value > this.to.value ? t("request.backwards") : null;
  }

  value() {
    const kind = this.kind();
    return kind === "range" ? { kind, from: this.from.value, to: this.to.value } : { kind };
  }
}

/** Files as large as they come, or small enough to be uploaded again. */
export function sizeField(limits, changed) {
  const small = Math.floor(limits.upload_limit_bytes * 0.9); // the rest is names and the manifest
  if (small >= limits.volume_bytes) return { node: null, value: () => null };
  const option = (value, text) => h("option", { value }, text);
  const select = h(
    "select",
    { id: "request-size", onchange: changed },
    option("", t("request.size_usual", { size: bytes(limits.volume_bytes) })),
    option(String(small), t("request.size_small", { size: bytes(small) })),
  );
  const node = h(
    "div",
    { class: "field row" },
    h("label", { for: "request-size" }, t("request.size")),
    select,
  );
  return { node, value: () => (select.value ? Number(select.value) : null) };
}

// One's own account: the second factor, and what applies to it.

import * as api from "../api.js";
import { fill, h, svg } from "../dom.js";
import { bytes } from "../format.js";
import { t } from "../i18n.js";
import { actionButton, announce, badge, dialog, pageHead, plainButton } from "../ui.js";
import { notices, notReady } from "./notready.js";

export async function show(main, app) {
  const { me } = app;
  const factor = h("section", { class: "card" });
  fill(main, pageHead(t("account.title"), me.email), notices(me), notReady(me), factor, limits(me));
  draw();

  function draw() {
    const on = app.me.totp_enabled;
    const enrol = actionButton(t("totp.begin"), begin, { kind: "primary", fk: "enrol" });
    fill(
      factor,
      h(
        "div",
        { class: "card-head" },
        badge(on ? "good" : "plain", t(on ? "totp.on" : "totp.off")),
        h("h2", null, t("totp.title")),
        h("div", { class: "card-actions" }, !on && enrol),
      ),
      h("p", null, t(on ? "totp.on_text" : "totp.off_text")),
    );
  }

  async function begin() {
    if (!(await enrolment())) return;
    await app.refreshMe();
    draw();
    announce(t("totp.done"));
  }
}

function limits({ limits: held, timezone, company }) {
  const rows = [
    [t("account.company"), `${company.name} (${company.domain})`],
    [
      t("account.backups"),
      t("backups.slots", { used: held.used_backups, limit: held.max_backups }),
    ],
    [t("account.volume"), bytes(held.volume_bytes)],
    [t("account.days"), t("days", { n: held.download_days })],
    [t("account.upload"), t("account.upload_below", { size: bytes(held.upload_limit_bytes) })],
    [t("account.zone"), timezone],
  ];
  return h(
    "section",
    { class: "card" },
    h("h2", null, t("account.limits")),
    h(
      "dl",
      { class: "facts" },
      rows.map(([name, value]) => [h("dt", null, name), h("dd", null, value)]),
    ),
  );
}

/** Enrols an authenticator app. True when the first code was right. */
async function enrolment() {
  const [{ secret, otpauth_uri: uri }, { qrcode }] = await Promise.all([
    api.startTotp(),
    import("../../vendor/qrcode-generator/qrcode.mjs"),
  ]);
  return dialog({
    title: t("totp.begin"),
    build(close) {
      const problems = h("div");
      const code = h("input", {
        type: "text",
        id: "totp-code",
        inputmode: "numeric",
        maxlength: "7",
        autocomplete: "one-time-code",
        class: "code",
      });
      const confirm = actionButton(
        t("totp.confirm"),
        async () => {
          await api.confirmTotp(code.value.replace(/\s/g, ""));
          close(true);
        },
        { kind: "primary", problems },
      );
      code.addEventListener("keydown", (event) => {
        if (event.key === "Enter") confirm.click();
      });
      return {
        body: [
          h(
            "ol",
            { class: "steps" },
            h("li", null, t("totp.step_app")),
            h(
              "li",
              null,
              t("totp.step_scan"),
              picture(qrcode, uri),
              h(
                "details",
                null,
                h("summary", null, t("totp.by_hand")),
                h("code", { class: "secret" }, secret.match(/.{1,4}/g).join(" ")),
              ),
            ),
            h("li", null, h("label", { for: code.id }, t("totp.step_code")), code),
          ),
          problems,
        ],
        foot: [plainButton(t("action.close"), () => close(false)), confirm],
      };
    },
  });
}

/** The QR code as SVG, drawn here: the secret goes to nobody else. */
function picture(qrcode, text) {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const size = code.getModuleCount();
  let path = "";
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      if (code.isDark(row, column)) path += `M${column + 4} ${row + 4}h1v1h-1z`;
    }
  }
  const whole = size + 8; // four modules of quiet zone on each side, as the standard wants
  return svg(
    "svg",
    {
      class: "qr",
      viewBox: `0 0 ${whole} ${whole}`,
      role: "img",
      "aria-label": t("totp.picture"),
      "shape-rendering": "crispEdges",
    },
    svg("rect", { width: whole, height: whole, fill: "#fff" }),
    svg("path", { d: path, fill: "#000" }),
  );
}

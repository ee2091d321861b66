// The second factor: turned on (an authenticator app learns the secret and shows its first code), off,
// and its recovery codes.

import { html, useState } from "../../vendor/htm-preact/standalone.mjs";
import { qrcode } from "../../vendor/qrcode-generator/qrcode.mjs";
import * as api from "../api.js";
import { Dialog } from "../dialogs.js";
import { Mistake } from "../errors.js";
import { t } from "../i18n.js";
import { Action } from "../parts.js";
import { announce, openDialog } from "../ui.js";
import { PasswordField } from "./signin.js";

/** True when the first code was right. */
export async function enrol() {
  const { secret, otpauth_uri: uri } = await api.startTotp();
  const draw = (close) => html`<${Enrolment} secret=${secret} uri=${uri} close=${close} />`;
  return shown(await openDialog(draw));
}

/** New recovery codes in the place of the old ones. True when they were made. */
export const renew = async () => shown(await ask("renew", api.renewRecoveryCodes));

/** True when no code is asked for any more. */
export const disable = async () => Boolean(await ask("end", api.endTotp));

/** Asks who it is, by a code of the app or the password, and does it. */
const ask = (verb, run) =>
  openDialog((close) => html`<${Proof} verb=${verb} run=${run} close=${close} />`);

function Proof({ verb, run, close }) {
  const [typed, setTyped] = useState("");
  const send = async () => {
    const digits = typed.replace(/\s/g, "");
    if (!digits) throw new Mistake(t("totp.need_proof"), "totp-proof");
    close(await run(/^\d{6}$/.test(digits) ? { code: digits } : { password: typed }));
  };
  return html`<${Dialog}
    title=${t(`totp.${verb}`)}
    label=${t(`totp.${verb}`)}
    kind=${verb === "end" ? "danger" : "primary"}
    close=${close}
    send=${send}
  >
    <p>${t(`totp.${verb}_text`)}</p>
    <${PasswordField}
      id="totp-proof"
      label=${t("totp.proof")}
      value=${typed}
      oninput=${(event) => setTyped(event.target.value)}
    />
  <//>`;
}

/** Shows recovery codes, this once. True when there were any to show. */
async function shown(answer) {
  const codes = answer?.recovery_codes;
  if (codes) await openDialog((close) => html`<${Codes} codes=${codes} close=${close} />`);
  return Boolean(answer);
}

function Codes({ codes, close }) {
  const text = codes.join("\n");
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    announce(t("totp.copied"));
  };
  return html`<${Dialog} title=${t("totp.codes")} close=${close} back=${t("totp.kept")}>
    <p>${t("totp.codes_text")}</p>
    <ul class="codes">
      ${codes.map((code) => html`<li><code>${code}</code></li>`)}
    </ul>
    <div><${Action} run=${copy}>${t("totp.copy")}<//></div>
  <//>`;
}

function Enrolment({ secret, uri, close }) {
  const [code, setCode] = useState("");
  const send = async () => {
    close(await api.confirmTotp(code.replace(/\s/g, "")));
  };
  return html`<${Dialog} title=${t("totp.begin")} label=${t("totp.confirm")} close=${close} send=${send}>
    <ol class="steps">
      <li>${t("totp.step_app")}</li>
      <li>
        ${t("totp.step_scan")}
        <p class="on-phone"><a class="button" href=${uri}>${t("totp.open_app")}</a></p>
        <${Picture} text=${uri} />
        <details>
          <summary>${t("totp.by_hand")}</summary>
          <code class="secret">${secret.match(/.{1,4}/g).join(" ")}</code>
        </details>
      </li>
      <li>
        <label for="totp-code">${t("totp.step_code")}</label>
        <input
          id="totp-code"
          class="code"
          inputmode="numeric"
          maxlength="7"
          autocomplete="one-time-code"
          value=${code}
          oninput=${(event) => setCode(event.target.value)}
        />
      </li>
    </ol>
  <//>`;
}

/** The QR code as SVG, drawn here: the secret goes to nobody else. */
function Picture({ text }) {
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
  return html`<svg
    class="qr"
    viewBox="0 0 ${whole} ${whole}"
    role="img"
    aria-label=${t("totp.picture")}
    shape-rendering="crispEdges"
  >
    <rect width=${whole} height=${whole} fill="#fff" />
    <path d=${path} fill="#000" />
  </svg>`;
}

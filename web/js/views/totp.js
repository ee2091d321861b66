// Turning the second factor on: an authenticator app learns the secret and shows its first code.

import { html, useState } from "../../vendor/htm-preact/standalone.mjs";
import { qrcode } from "../../vendor/qrcode-generator/qrcode.mjs";
import * as api from "../api.js";
import { Dialog } from "../dialogs.js";
import { t } from "../i18n.js";
import { openDialog } from "../ui.js";

/** True when the first code was right. */
export async function enrol() {
  const { secret, otpauth_uri: uri } = await api.startTotp();
  return openDialog((close) => html`<${Enrolment} secret=${secret} uri=${uri} close=${close} />`);
}

function Enrolment({ secret, uri, close }) {
  const [code, setCode] = useState("");
  const send = async () => {
    await api.confirmTotp(code.replace(/\s/g, ""));
    close(true);
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

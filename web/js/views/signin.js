// Signing in, a step at a time: who, the password, then what the account wants besides.

import { html, useEffect, useRef, useState } from "../../vendor/htm-preact/standalone.mjs";
import * as api from "../api.js";
import { Mistake, explain } from "../errors.js";
import { ApiError } from "../http.js";
import { t } from "../i18n.js";
import { Check, Field, Icon, Note, Stamp, screenTitle } from "../parts.js";
import { company } from "../router.js";
import * as session from "../session.js";
import { Value, useValue } from "../store.js";

/** Why one is asked to sign in again, or null. */
export const signInNotice = new Value(null);

const DOMAIN = /^[^@\s]+\.[^@\s.]+$/;
const PROMISES = ["clock", "download", "send"];

export function SignIn() {
  const here = company();
  const [typed, setTyped] = useState("");
  const [step, setStep] = useState({ name: "who" });
  const notice = useValue(signInNotice);
  const to = (name, more) => setStep({ name, ...more });
  const enter = (email, tokens, stay) => {
    signInNotice.set(null);
    session.begin(email, tokens, stay);
  };
  /** Goes on with what the service answered to a step. */
  const follow = (email, stay, answer, password) => {
    if (!answer.challenge) return enter(email, answer, stay);
    const length = answer.password_min_length;
    return to(answer.challenge, { email, stay, challenge: answer.session, length, password });
  };
  const steps = { who: Who, password: Password, totp: Code, recovery: Recovery, new_password: NewPassword };
  const props = { ...step, key: step.name, here, typed, setTyped, to, follow, notice: step.notice ?? notice };
  return html`<div class="welcome">
    <section class="signin">${steps[step.name] && html`<${steps[step.name]} ...${props} />`}</section>
    <section class="about">
      <${Stamp} kind="fresh" />
      <h2>${t("about.title")}</h2>
      <ul>
        ${PROMISES.map((name) => html`<li><${Icon} name=${name} /><span>${t(`about.${name}`)}</span></li>`)}
      </ul>
    </section>
  </div>`;
}

/** One step's form. `act()` runs when it is sent; a Mistake names its field. */
function Step({ title, intro, notice, label, act, back, children }) {
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const form = useRef(null);
  useEffect(() => {
    screenTitle(title);
    form.current.querySelector("input:not([readonly])").focus();
  }, []);
  useEffect(() => {
    if (!problem) return;
    const first = "input:not([readonly]):not([type=checkbox])";
    const field = problem.field ? document.getElementById(problem.field) : form.current.querySelector(first);
    field?.focus();
    field?.select();
  }, [problem]);
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await act();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return html`<h1 tabindex="-1">${title}</h1>
    ${intro && html`<p class="lead">${intro}</p>`}
    <form novalidate ref=${form} onsubmit=${submit} aria-describedby="signin-problem">
      <div id="signin-problem">
        ${problem
          ? html`<${Note} kind="bad">${explain(problem)}<//>`
          : notice && html`<${Note} kind="info">${notice}<//>`}
      </div>
      ${children}
      <button class="button primary wide-button" type="submit" aria-busy=${busy ? "true" : undefined}>
        ${label}
      </button>
      ${back && html`<button type="button" class="button quiet wide-button" onclick=${back}>${t("signin.other")}</button>`}
    </form>`;
}

function Who({ here, typed, setTyped, to, notice }) {
  const act = () => {
    const [name, given] = typed.trim().split("@");
    const where = (given ?? here ?? "").trim().toLowerCase();
    if (!name) throw new Mistake(t(here ? "signin.need_id" : "signin.need_address"));
    if (!DOMAIN.test(where)) throw new Mistake(t("signin.need_address"));
    to("password", { email: `${name.toLowerCase()}@${where}` });
  };
  const input = html`<input
    id="signin-id"
    name="username"
    type="text"
    inputmode=${here ? undefined : "email"}
    autocomplete="username"
    autocapitalize="none"
    spellcheck="false"
    enterkeyhint="next"
    placeholder=${here ? undefined : "kim@acme.example"}
    aria-describedby=${here ? "signin-suffix" : undefined}
    value=${typed}
    oninput=${(event) => setTyped(event.target.value)}
  />`;
  return html`<${Step} title=${t("signin.title")} notice=${notice} label=${t("signin.next")} act=${act}>
    <${Field} id="signin-id" label=${t(here ? "signin.id" : "signin.address")}>
      ${here
        ? html`<div class="joined">${input}<span class="suffix" id="signin-suffix">@${here}</span></div>`
        : input}
    <//>
  <//>`;
}

/** A password field that can be looked at. */
export function PasswordField({ id, label, hint, autocomplete = "current-password", ...rest }) {
  const [shown, setShown] = useState(false);
  return html`<${Field} id=${id} label=${label} hint=${hint}>
    <div class="joined inside">
      <input
        id=${id}
        type=${shown ? "text" : "password"}
        name=${id}
        autocomplete=${autocomplete}
        autocapitalize="none"
        spellcheck="false"
        aria-describedby=${hint ? `${id}-hint` : undefined}
        ...${rest}
      />
      <button
        type="button"
        class="button quiet icon-only"
        aria-pressed=${String(shown)}
        onclick=${() => setShown(!shown)}
      >
        <${Icon} name="eye" /><span class="hidden-text">${t("signin.show_password")}</span>
      </button>
    </div>
  <//>`;
}

/** Who is signing in, for the person and for their password manager. */
const Account = ({ email }) =>
  html`<${Field} id="signin-email" label=${t("signin.account")}>
    <input id="signin-email" name="username" autocomplete="username" readonly tabindex="-1" value=${email} />
  <//>`;

function Password({ email, stay: kept = false, to, follow, notice }) {
  const [password, setPassword] = useState("");
  const [stay, setStay] = useState(kept);
  const act = async () => {
    if (!password) throw new Mistake(t("signin.need_password"));
    follow(email, stay, await refusalNamed(api.signIn(email, password)), password);
  };
  return html`<${Step}
    title=${t("signin.password_title")}
    notice=${notice}
    label=${t("signin.enter")}
    back=${() => to("who")}
    act=${act}
  >
    <${Account} email=${email} />
    <${PasswordField}
      id="signin-password"
      label=${t("signin.password")}
      value=${password}
      oninput=${(event) => setPassword(event.target.value)}
    />
    <${Check} id="signin-stay" checked=${stay} onchange=${(event) => setStay(event.target.checked)}>
      ${t("signin.stay")}
    <//>
  <//>`;
}

/** A bare refusal is a wrong password. */
async function refusalNamed(asking) {
  try {
    return await asking;
  } catch (error) {
    const refused = error instanceof ApiError && (error.status === 401 || error.status === 400);
    if (refused && !error.code) throw new Mistake(t("error.wrong_credentials"));
    throw error;
  }
}

/** Runs a step that Cognito forgets after minutes: then the password is asked for again. */
async function inTime(asking, to, email, stay) {
  try {
    return await asking;
  } catch (error) {
    if (error.code !== "session_expired") throw error;
    to("password", { email, stay, notice: t("signin.code_late") });
    return null;
  }
}

function Code({ email, stay, challenge, password, to, follow }) {
  const [code, setCode] = useState("");
  const typed = (event) => {
    setCode(event.target.value);
    if (/^\d{6}$/.test(event.target.value.trim())) {
      const { form } = event.target;
      setTimeout(() => form.requestSubmit()); // when the state above has been taken in
    }
  };
  const act = async () => {
    const digits = code.replace(/\s/g, "");
    if (!/^\d{6}$/.test(digits)) throw new Mistake(t("signin.need_code"));
    const answer = await inTime(api.signInCode(email, challenge, digits), to, email, stay);
    if (answer) follow(email, stay, answer);
  };
  return html`<${Step}
      title=${t("signin.code_title")}
      intro=${t("signin.code_intro")}
      label=${t("signin.enter")}
      back=${() => to("who")}
      act=${act}
    >
      <${Field} id="signin-code" label=${t("signin.code")}>
        <input
          id="signin-code"
          class="code"
          inputmode="numeric"
          autocomplete="one-time-code"
          maxlength="7"
          value=${code}
          oninput=${typed}
        />
      <//>
      <button
        type="button"
        class="button quiet wide-button"
        onclick=${() => to("recovery", { email, stay, password })}
      >
        ${t("signin.no_phone")}
      </button>
    <//>`;
}

function Recovery({ email, stay, password, to, follow }) {
  const [code, setCode] = useState("");
  const act = async () => {
    if (!code.trim()) throw new Mistake(t("signin.need_recovery"));
    follow(email, stay, await api.signInRecovery(email, password, code.trim()));
  };
  return html`<${Step}
    title=${t("signin.recovery_title")}
    intro=${t("signin.recovery_intro")}
    label=${t("signin.enter")}
    back=${() => to("who")}
    act=${act}
  >
    <${Field} id="signin-recovery" label=${t("signin.recovery")}>
      <input
        id="signin-recovery"
        class="code"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        value=${code}
        oninput=${(event) => setCode(event.target.value)}
      />
    <//>
  <//>`;
}

function NewPassword({ email, stay, challenge, length = 8, to, follow }) {
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");
  const act = async () => {
    if (!first) throw new Mistake(t("signin.need_new"), "signin-new");
    if (first !== second) throw new Mistake(t("signin.differ"), "signin-again");
    const answer = await inTime(api.setFirstPassword(email, challenge, first), to, email, stay);
    if (answer) follow(email, stay, answer, first);
  };
  return html`<${Step}
    title=${t("signin.new_title")}
    intro=${t("signin.new_intro")}
    label=${t("signin.new_submit")}
    back=${() => to("who")}
    act=${act}
  >
    <${Account} email=${email} />
    <${PasswordField}
      id="signin-new"
      label=${t("signin.new")}
      hint=${t("signin.new_hint", { n: length })}
      autocomplete="new-password"
      value=${first}
      oninput=${(event) => setFirst(event.target.value)}
    />
    <${PasswordField}
      id="signin-again"
      label=${t("signin.again")}
      autocomplete="new-password"
      value=${second}
      oninput=${(event) => setSecond(event.target.value)}
    />
  <//>`;
}

// The page: one long poll brings everything that changed; each handset draws its phone.
import { Handset } from "./handset.js";
import { setSound, ringWhile } from "./sound.js";

const handsets = new Map();
const trouble = document.getElementById("trouble");
const provider = document.getElementById("provider");

export async function post(number, action, fields = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  const answer = await fetch(`${encodeURIComponent(number)}/${action}`, { method: "POST", body: form, headers: { "X-Phones": "1" } });
  if (!answer.ok) complain((await answer.json().catch(() => ({}))).error || `The exchange answered ${answer.status}.`);
  else complain("");
}

function complain(text) {
  trouble.textContent = text;
  trouble.hidden = !text;
}

function draw(state) {
  document.getElementById("hotline").textContent = state.hotline;
  if (state.dashboard) document.getElementById("dashboard").href = state.dashboard;
  provider.hidden = !state.second;
  provider.setAttribute("aria-pressed", String(state.away));
  provider.textContent = state.away ? "Provider one: away" : "Provider one: here";
  document.getElementById("second").textContent = state.second;
  document.getElementById("provider-away").hidden = !state.away;
  for (const phone of state.phones) {
    if (!handsets.has(phone.number)) {
      const handset = new Handset(phone, state.hotline, post);
      handsets.set(phone.number, handset);
      document.getElementById(phone.role === "engineer" ? "engineers" : "customers").append(handset.element);
    }
    handsets.get(phone.number).update(phone);
  }
  ringWhile(state.phones.some((phone) => phone.call && phone.call.incoming && phone.call.status === "ringing"));
}

async function follow() {
  let version = 0;
  let away = false;
  for (;;) {
    try {
      const answer = await fetch(`state?after=${version}`);
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const state = await answer.json();
      version = state.version;
      draw(state);
      if (away) complain("");
      away = false;
    } catch (error) {
      away = true;
      version = 0;
      complain("The telephone exchange does not answer. Is the demo still running?");
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

provider.addEventListener("click", () => {
  post("provider-one", "away", { away: provider.getAttribute("aria-pressed") === "true" ? "0" : "1" });
});

const sound = document.getElementById("sound");
sound.addEventListener("click", () => {
  const on = sound.getAttribute("aria-pressed") !== "true";
  sound.setAttribute("aria-pressed", String(on));
  sound.textContent = on ? "Sound on" : "Sound off";
  setSound(on);
});
follow();

// One handset: draws the state of its phone, and does what is pressed on it.
import { keyTone, playPrompt, tone } from "./sound.js";
import { Recorder } from "./recorder.js";

const KEYS = [..."123456789*0#"];
const KEY_NAMES = { "*": "star", "#": "hash" };
const ROLES = { customer: "customer", stranger: "unknown caller", engineer: "engineer" };

export class Handset {
  constructor(phone, hotline, post) {
    this.number = phone.number;
    this.post = (action, fields) => post(phone.number, action, fields).catch(() => {});
    this.element = document.getElementById("handset").content.firstElementChild.cloneNode(true);
    this.prompt = "";
    this.recording = "";
    this.drawn = { captions: "", texts: "" };
    this.label(phone, hotline);
    this.addKeys();
    this.listen();
  }

  find(selector) { return this.element.querySelector(selector); }

  label(phone, hotline) {
    const whose = `${phone.name}'s phone`;
    this.element.dataset.testid = `phone-${phone.number}`;
    this.element.classList.add(phone.role);
    this.element.setAttribute("aria-label", `${whose}, ${phone.number}`);
    this.find(".name").textContent = phone.name;
    this.find(".number").textContent = phone.number;
    this.find(".role").textContent = ROLES[phone.role] || "";
    this.find(".avatar").textContent = phone.name.trim().charAt(0).toUpperCase() || "?";
    this.find(".dial").textContent = `Call ${hotline}`;
    for (const [selector, words] of [[".dial", `Call the hotline ${hotline}`], [".answer", "Answer"], [".decline", "Decline"], [".hangup", "Hang up"],
      [".typed input", "Type what you say"], [".typed button", "Done recording"], [".compose input", "Text to the hotline"], [".compose button", "Send text"],
      [".captions", "What was said"], [".thread", "Messages"]])
      this.find(selector).setAttribute("aria-label", `${words}, ${whose}`);
    this.whose = whose;
  }

  addKeys() {
    for (const key of KEYS) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = key;
      button.dataset.testid = `key-${KEY_NAMES[key] || key}`;
      button.setAttribute("aria-label", `Key ${KEY_NAMES[key] || key}, ${this.whose}`);
      button.addEventListener("click", () => this.press(key));
      this.find(".keypad").append(button);
    }
  }

  listen() {
    for (const action of ["dial", "answer", "decline"]) this.find(`.${action}`).addEventListener("click", () => this.post(action));
    this.find(".hangup").addEventListener("click", () => (this.recorder ? this.endRecording({ hangup: "1" }) : this.post("hangup")));
    const typed = this.find(".typed input");
    typed.addEventListener("input", () => { if (this.recorder) this.recorder.paused = typed.value !== ""; });
    this.find(".typed").addEventListener("submit", (event) => { event.preventDefault(); this.endRecording({}); });
    const input = this.find(".compose input");
    this.find(".compose").addEventListener("submit", (event) => {
      event.preventDefault();
      if (input.value.trim()) this.post("sms", { body: input.value });
      input.value = "";
    });
  }

  press(key) {
    keyTone(key);
    if (!this.recorder) this.post("keys", { keys: key });
    else if (this.recordOrder.finishOnKey.includes(key)) this.endRecording({ key });
  }

  update(phone) {
    const call = phone.call;
    const rings = call !== null && call.incoming && call.status === "ringing";
    const talks = call !== null && call.status === "in-progress";
    const dials = call !== null && !rings && !talks;
    for (const [name, on] of Object.entries({ idle: !call, rings, dials, "in-call": talks, gathering: talks && call.gathering, records: talks && call.record !== null }))
      this.element.classList.toggle(name, Boolean(on));
    this.find(".status").textContent = rings ? `Incoming call from ${call.other}` : talks ? `In call with ${call.other}` : dials ? `Calling ${call.other} …` : phone.ended;
    this.find(".duty").textContent = phone.duty;
    this.find(".duty").hidden = !phone.duty;
    this.find(".role").hidden = Boolean(phone.duty);
    this.drawList(".captions", "captions", phone.captions, (caption) => this.line(caption.who, caption.text));
    this.drawList(".thread", "texts", phone.texts, (text) => this.line(text.incoming ? "in" : "out", text.body, text.at));
    this.followPrompt(talks ? call : null);
    this.followRecording(talks ? call : null);
    this.followListening(talks && call.listening);
  }

  drawList(selector, name, items, make) {
    const now = JSON.stringify(items);
    if (this.drawn[name] === now) return;
    this.drawn[name] = now;
    const list = this.find(selector);
    list.replaceChildren(...items.map(make));
    list.scrollTop = list.scrollHeight;
  }

  line(kind, text, at) {
    const item = document.createElement("li");
    item.className = kind;
    text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])/).forEach((part, i) => {
      if (i % 2 === 0) { item.append(part); return; }
      const link = document.createElement("a");
      Object.assign(link, { href: part, textContent: part, target: "_blank", rel: "noopener" });
      if (kind === "out") link.style.color = "inherit";
      item.append(link);
    });
    if (at) {
      const time = document.createElement("time");
      time.dateTime = at;
      time.textContent = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
      item.append(time);
    }
    return item;
  }

  followPrompt(call) {
    const prompt = call && call.prompt;
    const name = prompt ? `${call.sid}:${prompt.number}` : "";
    if (name === this.prompt) return;
    this.silence?.();
    this.silence = null;
    this.prompt = name;
    if (prompt) this.silence = playPrompt(prompt, () => this.post("heard", { prompt: prompt.number }));
  }

  followRecording(call) {
    const order = call && call.record;
    const name = order ? `${call.sid}:${order.number}` : "";
    if (name === this.recording) return;
    if (this.recorder) this.closeRecorder();
    this.recording = name;
    if (order) this.startRecording(order);
  }

  // A <Gather> that takes words: a browser's microphone is not understood here, so they are typed.
  followListening(listens) {
    if (this.listens === listens || this.recorder) return;
    this.listens = listens;
    this.find(".recording").hidden = !listens;
    this.find(".recording-state").textContent = "Listening: press a key, or type what you say";
    this.find(".typed input").value = "";
  }

  async startRecording(order) {
    const box = this.find(".recording");
    const state = this.find(".recording-state");
    this.recordOrder = order;
    this.listens = false;
    this.find(".typed input").value = "";
    box.hidden = false;
    state.textContent = "Opening the microphone …";
    const recorder = new Recorder({
      silenceSeconds: order.silenceSeconds,
      onLevel: (level) => { this.find(".meter span").style.width = `${Math.round(level * 100)}%`; },
      onSilence: () => this.endRecording({}),
    });
    this.recorder = recorder;
    this.limit = setTimeout(() => this.endRecording({}), order.maxSeconds * 1000);
    const runs = await recorder.start();
    if (this.recorder !== recorder) return;
    // Only now: what is said before the microphone runs would be lost.
    state.textContent = runs ? "Recording: speak now" : "No microphone: type what you say";
    if (order.beep) tone([1000], 0.25, 0.1);
  }

  endRecording(fields) {
    const text = this.find(".typed input").value.trim();
    if (!this.recorder && this.listens && text) this.post("say", { text });
    if (!this.recorder) return;
    const audio = this.closeRecorder();
    const upload = { ...fields };
    if (text) upload.text = text;
    // Typed words are sent as typed words: the room's noise meanwhile is not what the caller said.
    if (audio && !text) upload.audio = audio;
    this.post("recording", upload);
  }

  closeRecorder() {
    clearTimeout(this.limit);
    const audio = this.recorder.stop();
    this.recorder = null;
    this.find(".recording").hidden = true;
    this.find(".meter span").style.width = "0";
    return audio;
  }
}

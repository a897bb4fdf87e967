// Ring, beep, key tones, spoken sentences and played recordings. Nothing here may block a call: whatever fails counts as heard.
let context = null;
let audible = true;
let ringing = null;

function audio() {
  if (!context) context = new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
  return context;
}

// Browsers allow sound only after the first click or key.
for (const event of ["pointerdown", "keydown"]) addEventListener(event, () => audio(), { once: true });

export function setSound(on) {
  audible = on;
  if (!on) speechSynthesis?.cancel();
}

export function tone(frequencies, seconds, volume = 0.06) {
  if (!audible || !context || context.state !== "running") return;
  const gain = context.createGain();
  gain.gain.value = volume;
  gain.connect(context.destination);
  for (const frequency of frequencies) {
    const oscillator = context.createOscillator();
    oscillator.frequency.value = frequency;
    oscillator.connect(gain);
    oscillator.start();
    oscillator.stop(context.currentTime + seconds);
  }
}

const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477];
export function keyTone(key) {
  const place = "123456789*0#".indexOf(key);
  tone([ROWS[Math.floor(place / 3)], COLUMNS[place % 3]], 0.12);
}

export function ringWhile(on) {
  if (on && !ringing) {
    const burst = () => tone([440, 480], 0.9, 0.04);
    burst();
    ringing = setInterval(burst, 2200);
  } else if (!on && ringing) {
    clearInterval(ringing);
    ringing = null;
  }
}

// Plays one prompt and calls done() once, however it ends; returns a function that silences it.
export function playPrompt(prompt, done) {
  let over = false;
  const timers = [];
  const finish = () => { if (!over) { over = true; timers.forEach(clearTimeout); done(); } };
  const later = (milliseconds) => timers.push(setTimeout(finish, milliseconds));
  const silence = prompt.kind === "play" ? playAudio(prompt.url, finish, later) : say(prompt.text, prompt.language, finish, later);
  return () => { over = true; timers.forEach(clearTimeout); silence(); };
}

function playAudio(url, finish, later) {
  const player = new Audio(url);
  player.muted = !audible;
  player.addEventListener("ended", finish);
  player.addEventListener("error", () => later(500));
  player.play().catch(() => later(1500));
  later(150_000);
  return () => player.pause();
}

function say(text, language, finish, later) {
  const readingTime = Math.min(400 + text.length * 22, 4000);
  const synthesis = window.speechSynthesis;
  if (!audible || !synthesis) { later(readingTime); return () => {}; }
  const sentence = new SpeechSynthesisUtterance(text);
  if (language) sentence.lang = language;
  sentence.onend = finish;
  // No voice (a headless browser, a bare machine): leave time to read the caption instead.
  sentence.onerror = () => later(readingTime);
  synthesis.speak(sentence);
  // Some engines never report the end; others never begin.
  later(4000 + text.length * 110);
  return () => { sentence.onend = sentence.onerror = null; synthesis.cancel(); };
}

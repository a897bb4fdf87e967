// The microphone as a 16-bit WAV at 16 kHz. Ends by itself after silence; whoever made it ends it otherwise.
const RATE = 16000;
const VOICE = 0.012;
const WORKLET = `registerProcessor("tap", class extends AudioWorkletProcessor {
  process(inputs) { if (inputs[0][0]) this.port.postMessage(inputs[0][0].slice()); return true; }
});`;

export class Recorder {
  // onLevel(0..1) while recording; onSilence() when nobody has spoken for so long.
  constructor({ silenceSeconds, onLevel, onSilence }) {
    Object.assign(this, { silenceSeconds, onLevel, onSilence, chunks: [], spoke: false, quiet: 0, stopped: false, paused: false });
  }

  // Resolves to true when the microphone runs, false where there is none or it was refused.
  async start() {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
      if (this.stopped) { this.release(); return true; }
      this.context = new AudioContext({ sampleRate: RATE });
      const url = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
      await this.context.audioWorklet.addModule(url);
      URL.revokeObjectURL(url);
      const tap = new AudioWorkletNode(this.context, "tap");
      tap.port.onmessage = (message) => this.take(message.data);
      this.context.createMediaStreamSource(this.stream).connect(tap);
      return true;
    } catch {
      this.release();
      return false;
    }
  }

  take(samples) {
    if (this.stopped) return;
    this.chunks.push(samples);
    const level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    this.onLevel(Math.min(1, level * 8));
    if (level > VOICE) { this.spoke = true; this.quiet = 0; } else this.quiet += samples.length / RATE;
    // Before the first word a person gets more time than a carrier would give.
    const patience = this.spoke ? this.silenceSeconds : Math.max(this.silenceSeconds, 8);
    if (!this.paused && this.quiet > patience) this.onSilence();
  }

  // The recording, or null where nothing was said.
  stop() {
    this.stopped = true;
    this.release();
    return this.spoke ? wav(this.chunks) : null;
  }

  release() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.context?.close().catch(() => {});
    this.stream = this.context = null;
  }
}

function wav(chunks) {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const view = new DataView(new ArrayBuffer(44 + length * 2));
  const text = (at, word) => [...word].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF"); view.setUint32(4, 36 + length * 2, true); text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true); view.setUint32(28, RATE * 2, true); view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  text(36, "data"); view.setUint32(40, length * 2, true);
  let at = 44;
  for (const chunk of chunks) for (const sample of chunk) { view.setInt16(at, Math.max(-1, Math.min(1, sample)) * 32767, true); at += 2; }
  return new Blob([view], { type: "audio/wav" });
}

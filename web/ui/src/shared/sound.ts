/** What a browser's phone speaks with: the microphone, or silence where there is none. */

export type Microphone = "unknown" | "ok" | "none" | "denied";

export interface Voice {
  stream: MediaStream;
  microphone: Microphone;
}

/** Where voices come from and go to; the browser in real life. */
export interface Sound {
  open(): Promise<Voice>;
  /** Tell of devices that came or went. */
  onDevices(tell: () => void): void;
  play(stream: MediaStream): Promise<void>;
  close(): void;
}

const WISHES: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: 1,
};

/** The browser's devices. Without a microphone an agent still hears, and the switch still gets packets: silent ones. */
export class BrowserSound implements Sound {
  private readonly speaker = new Audio();
  private context: AudioContext | null = null;
  private voice: MediaStream | null = null;

  async open(): Promise<Voice> {
    this.drop();
    let microphone: Microphone;
    try {
      // Absent on a page that is neither of this machine nor of https.
      this.voice = await navigator.mediaDevices.getUserMedia({ audio: WISHES, video: false });
      return { stream: this.voice, microphone: "ok" };
    } catch (error) {
      microphone = error instanceof DOMException && error.name === "NotAllowedError" ? "denied" : "none";
    }
    this.voice = this.silence();
    return { stream: this.voice, microphone };
  }

  onDevices(tell: () => void): void {
    navigator.mediaDevices?.addEventListener("devicechange", tell);
  }

  async play(stream: MediaStream): Promise<void> {
    this.speaker.srcObject = stream;
    await this.context?.resume();
    await this.speaker.play();
  }

  close(): void {
    this.drop();
    this.speaker.srcObject = null;
    void this.context?.close();
    this.context = null;
  }

  private drop(): void {
    for (const track of this.voice?.getTracks() ?? []) track.stop();
    this.voice = null;
  }

  private silence(): MediaStream {
    this.context ??= new AudioContext();
    const to = this.context.createMediaStreamDestination();
    const tone = this.context.createOscillator();
    const still = this.context.createGain();
    still.gain.value = 0;
    tone.connect(still).connect(to);
    tone.start();
    return to.stream;
  }
}

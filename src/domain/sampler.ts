/**
 * Draws for samples of requests. What is drawn follows from a secret of the process alone: whoever could choose it by something that
 * they send, an id, would choose what is looked at.
 */
export class Sampler {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** `secret`: 24 hex digits or more of chance. */
  constructor(secret: string) {
    const word = (at: number) => Number.parseInt(secret.slice(at, at + 8), 16) | 0;
    this.a = word(0);
    this.b = word(8);
    this.c = word(16);
    for (let i = 0; i < 15; i++) this.next();
  }

  /** An unsigned 32-bit integer, to be held against `thresholdOf` (sfc32, C. Doty-Humphrey's PractRand). */
  next(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    return sum >>> 0;
  }
}

// Python's random.Random(seed), so that a figure draws the very numbers that its article's sample draws: MT19937.

const SIZE = 624;

export class PythonRandom {
  constructor(seed) {
    this.state = new Uint32Array(SIZE);
    this.at = SIZE;
    this.seed(19650218);
    let previous = this.state[0];
    let i = 1;
    for (let n = 0; n < SIZE; n += 1) {
      previous = this.state[i] = (this.state[i] ^ Math.imul(previous ^ (previous >>> 30), 1664525)) + seed;
      i += 1;
      if (i === SIZE) [this.state[0], i] = [this.state[SIZE - 1], 1];
    }
    for (let n = 0; n < SIZE - 1; n += 1) {
      const before = this.state[i - 1];
      this.state[i] = (this.state[i] ^ Math.imul(before ^ (before >>> 30), 1566083941)) - i;
      i += 1;
      if (i === SIZE) [this.state[0], i] = [this.state[SIZE - 1], 1];
    }
    this.state[0] = 0x80000000;
  }

  seed(value) {
    this.state[0] = value;
    for (let i = 1; i < SIZE; i += 1) {
      const before = this.state[i - 1];
      this.state[i] = Math.imul(before ^ (before >>> 30), 1812433253) + i;
    }
  }

  bits() {
    if (this.at >= SIZE) {
      for (let i = 0; i < SIZE; i += 1) {
        const y = (this.state[i] & 0x80000000) | (this.state[(i + 1) % SIZE] & 0x7fffffff);
        this.state[i] = this.state[(i + 397) % SIZE] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      this.at = 0;
    }
    let y = this.state[this.at];
    this.at += 1;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  random() {
    const high = this.bits() >>> 5;
    return (high * 67108864 + (this.bits() >>> 6)) / 9007199254740992;
  }

  expovariate(rate) {
    return -Math.log(1 - this.random()) / rate;
  }

  uniform(low, high) {
    return low + (high - low) * this.random();
  }
}

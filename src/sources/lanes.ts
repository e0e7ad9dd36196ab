/**
 * Lets only some requests wait for the kernel at once. A read that never ends holds one of libuv's four threads: two
 * dead devices must not stop the rest of the program from reading files. One device takes one lane, also where it was
 * found anew while an earlier request to it is still unanswered.
 */
export class Lanes {
  #free: number;
  readonly #taken = new Set<string>();
  readonly #queue: { readonly device: string; readonly start: () => void }[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves when `device` may be asked. */
  enter(device: string): Promise<void> {
    return new Promise((start) => {
      this.#queue.push({ device, start });
      this.#admit();
    });
  }

  leave(device: string): void {
    this.#taken.delete(device);
    this.#free += 1;
    this.#admit();
  }

  #admit(): void {
    if (this.#free === 0) return;
    const at = this.#queue.findIndex(({ device }) => !this.#taken.has(device));
    const [next] = at < 0 ? [] : this.#queue.splice(at, 1);
    if (next === undefined) return;
    this.#free -= 1;
    this.#taken.add(next.device);
    next.start();
  }
}

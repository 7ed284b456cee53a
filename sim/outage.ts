/** Something that is broken at the moment, by one fault or by several that overlap, and who waits until it works again. */
export class Outage {
  #faults = 0
  #waiting: (() => void)[] = []

  get lasts(): boolean {
    return this.#faults > 0
  }

  begin(): void {
    this.#faults++
  }

  end(): void {
    this.#faults--
    if (this.lasts) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const act of waiting) act()
  }

  /** Now, or when it is over: in the order of asking. */
  after(act: () => void): void {
    if (this.lasts) this.#waiting.push(act)
    else act()
  }
}

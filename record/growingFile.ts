import { type FileHandle, open } from 'node:fs/promises'

/** A new file of JSON lines: those of one flush go out in one piece, in the order of `add`. */
export class GrowingFile {
  readonly #file: FileHandle
  #pending: string[] = []
  #last: Promise<void> = Promise.resolve()
  /** Bytes in whole lines. */
  #bytes = 0
  #unsynced = false

  private constructor(file: FileHandle) {
    this.#file = file
  }

  /** @throws where there is such a file. */
  static async create(path: string): Promise<GrowingFile> {
    return new GrowingFile(await open(path, 'ax'))
  }

  add(row: unknown): void {
    this.#pending.push(`${JSON.stringify(row)}\n`)
  }

  /** Gives what was added to the kernel: it survives this process. After the first failure every call fails with it. */
  flush(): Promise<void> {
    const lines = this.#pending
    this.#pending = []
    this.#last = this.#last.then(() => this.#write(lines.join('')))
    return this.#last
  }

  /** Flushes, and waits until the disk has it: it survives the machine. */
  async sync(): Promise<void> {
    await this.flush()
    if (!this.#unsynced) return
    this.#unsynced = false
    await this.#file.datasync()
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  async #write(text: string): Promise<void> {
    if (text === '') return
    const bytes = Buffer.from(text)
    try {
      // Unlike write(2) it goes on until all is written.
      await this.#file.appendFile(bytes)
    } catch (error) {
      await this.#cutToWholeLines(bytes).catch(() => {})
      throw error
    }
    this.#bytes += bytes.length
    this.#unsynced = true
  }
  /** A full disk takes a part of what it is given: the file shall end with a whole line. */
  async #cutToWholeLines(bytes: Buffer): Promise<void> {
    const taken = (await this.#file.stat()).size - this.#bytes
    const whole = taken > 0 ? bytes.lastIndexOf('\n', taken - 1) + 1 : 0
    await this.#file.truncate(this.#bytes + whole)
  }
}

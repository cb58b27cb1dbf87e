import type { LogRecord } from "../domain/log-records.js";

/**
 * Finds out whether receipt files are whole. Each recording begins with a clock line and ends with an end line that counts its
 * lines; a file may hold several recordings, one after the other.
 */
export class RecordingEnds {
  #isOpen = false;
  #presences = 0;
  #receipts = 0;
  #cut = false;

  /** A file begins; it owes an end line. */
  begin(): void {
    if (this.#isOpen) this.#cut = true;
    this.#open();
    this.#isOpen = true;
  }

  /** The next line of the file. */
  see(record: LogRecord): void {
    switch (record.schema) {
      case "iotb.clock/1":
        if (this.#isOpen && this.#presences + this.#receipts > 0) this.#cut = true;
        this.#open();
        break;
      case "iotb.presence/1":
        this.#presences++;
        break;
      case "iotb.receipt/1":
        this.#receipts++;
        break;
      case "iotb.end/1":
        if (record.presences !== this.#presences || record.receipts !== this.#receipts) this.#cut = true;
        this.#open();
        this.#isOpen = false;
        return;
      default:
        return;
    }
    this.#isOpen = true;
  }

  /** Lines like those that {@link see} sees, several at once. */
  seeLines(schema: "iotb.presence/1" | "iotb.receipt/1", count: number): void {
    if (schema === "iotb.presence/1") this.#presences += count;
    else this.#receipts += count;
    this.#isOpen = true;
  }

  /** Whether any recording so far lacks its end line, or lines that its end line counts. */
  get isCut(): boolean {
    return this.#cut || this.#isOpen;
  }

  #open(): void {
    this.#presences = 0;
    this.#receipts = 0;
  }
}

/** A line to another process of the run. Messages arrive whole, in order and once, or the line ends. */
export interface Line<In, Out> {
  send(message: Out): void;
  /** One handler. */
  onMessage(handler: (message: In) => void): void;
}

/** A child process with its line. */
export interface Member<In, Out> extends Line<In, Out>, AsyncDisposable {
  readonly pid: number;
  /** Resolves when the process ended, with how: `exit code 0`, `SIGKILL`. */
  readonly ended: Promise<string>;
}

import type { LoginRequest, Verdict } from "../authenticate.js";
import type { HubLink, LoginWish } from "../hub-link.js";
import type { PresenceReports } from "./presence-reports.js";
import type { ClaimAnswer, WorkerReport, WorkerSettings } from "./worker-messages.js";

/** A worker's side of what it asks the hub: the link that the MQTT side uses, and where answers go. */
export type WorkerHubLink = {
  readonly link: HubLink;
  claimed(claim: number, answer: ClaimAnswer): void;
  joined(join: number, full: readonly string[]): void;
};

/** Claims that a worker has under way at the hub at once; more wait here, where the time for a login bounds them. */
const CLAIMS_IN_FLIGHT = 256;

type Claim = { readonly request: LoginRequest; readonly wish: LoginWish };

/** What is to be kept of a CONNECT: its bytes are in memory that is used again. */
const requestOf = ({ clientId, keepalive, username, password }: LoginRequest): LoginRequest => ({
  clientId,
  ...(keepalive === undefined ? {} : { keepalive }),
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password: Buffer.from(password) }),
});

/** The link of one worker; `landed` makes a device that was granted this worker's own and answers the verdict. */
export const createWorkerHubLink = (
  settings: Pick<WorkerSettings, "decidesLogins" | "limitsGroups">,
  presence: PresenceReports,
  send: (report: WorkerReport) => void,
  landed: (answer: ClaimAnswer) => Verdict,
): WorkerHubLink => {
  const inFlight = new Map<number, Claim>();
  const waiting: Claim[] = [];
  const joins = new Map<number, (full: ReadonlySet<string>) => void>();
  let last = 0;

  const ask = (claim: Claim): void => {
    inFlight.set(++last, claim);
    send({ kind: "claim", claim: last, request: claim.request, keepSession: claim.wish.keepSession });
  };

  return {
    link: {
      ...settings,
      claim: (request, wish) => {
        const claim = { request: requestOf(request), wish };
        if (inFlight.size < CLAIMS_IN_FLIGHT) ask(claim);
        else waiting.push(claim);
      },
      fullGroups: (filters, answer) => {
        joins.set(++last, answer);
        send({ kind: "join", join: last, filters });
      },
      presence: presence.note,
    },
    claimed: (id, answer) => {
      const claim = inFlight.get(id);
      inFlight.delete(id);
      let next = waiting.shift();
      // a device must not be taken from where it is for one who has gone
      while (next !== undefined && !next.wish.isWanted()) next = waiting.shift();
      if (next !== undefined) ask(next);
      const verdict = landed(answer); // also where the connection has gone: the device is held here from now on
      claim?.wish.answer(verdict);
    },
    joined: (id, full) => {
      joins.get(id)?.(new Set(full));
      joins.delete(id);
    },
  };
};

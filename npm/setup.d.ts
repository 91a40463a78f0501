import type { Evidence, Made, Mode, Planned, Published, Wishes } from './types.js';

/** What is known of a domain: what a check saw, or hosts that somebody names, which come first. */
export interface Known {
  domain: string;
  /** MX hosts. */
  hosts?: string[];
  /** What a check saw. */
  evidence?: Evidence;
  /** The time, in seconds since 1970; now, unless told otherwise. */
  now?: number;
}

/** Where a plan is to lead, and what is known of before. */
export interface Way {
  to: Mode;
  /** The MX hosts that it is to have, where they change. */
  mx?: string[];
  /** Whether the policy moves to another host or provider. */
  moves_policy_host?: boolean;
  /** Earlier policies: their bodies, when the last of them was replaced, in seconds since 1970, and lines of a history that was kept. */
  earlier?: { bodies?: string[]; replaced?: number; lines?: Published[] };
}

/** What a domain publishes: policy, records and the reasons, and the forms and web hosts that there are. */
export function setUp(known: Known, wishes?: Partial<Wishes>): Promise<Made>;

/** The same as a zip archive, with the files for the web host of that key (`hostings` of `setUp`). */
export function setUpZip(known: Known, hosting: string, wishes?: Partial<Wishes>): Promise<Uint8Array>;

/** The way from what a domain has to what it is to have, in dated steps. */
export function plan(known: Known, way: Way): Promise<Planned>;

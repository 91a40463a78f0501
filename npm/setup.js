// What a domain publishes, and the way there, with its wasm inside.
import { builds } from 'mta-sts-builds';

let starting;

async function started() {
  starting ??= builds['pkg-setup']().then((build) => build.started()).catch((error) => {
    starting = undefined;
    throw error;
  });
  return starting;
}

/** What is known of a domain, with the time where that is not given. */
const known = (given) => ({ hosts: [], now: Date.now() / 1000, ...given });

export async function setUp(domain, wishes = {}) {
  return (await started()).setUp(known(domain), wishes);
}

export async function setUpZip(domain, hosting, wishes = {}) {
  return (await started()).setUpZip(known(domain), wishes, hosting);
}

export async function plan(domain, way) {
  return (await started()).planned(known(domain), way);
}

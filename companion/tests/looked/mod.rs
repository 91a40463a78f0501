//! Every domain of a zoo, looked at by the native host.

use std::convert::identity;
use std::sync::Arc;
use std::time::Duration;

use companion::driver;
use companion::native::Native;
use companion::options::Options;
use mta_sts::{Domain, Evidence, Report};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use zoo::{Exhibit, Zoo};

/// Long enough for what answers, short enough for what never does.
const TIMEOUT: Duration = Duration::from_secs(8);
/// How many domains are checked at once: all of them together would keep a small machine so busy that hosts look slow.
const AT_ONCE: usize = 32;
/// What everybody has who says nothing: enough for the slowest that answers.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// A domain as it was seen.
pub(crate) struct Seen {
    pub(crate) exhibit: Exhibit,
    pub(crate) evidence: Evidence,
    pub(crate) report: Report,
}

fn native(zoo: &Zoo, timeout: Duration) -> Arc<Native> {
    Options { timeout, ..Options::default() }.build(Some(zoo)).expect("a native host")
}

pub(crate) async fn look(zoo: &Zoo) -> Vec<Seen> {
    let (impatient, patient) = (native(zoo, TIMEOUT), native(zoo, DEFAULT_TIMEOUT));
    assert_eq!(Options::default().timeout, DEFAULT_TIMEOUT);
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut checks = JoinSet::new();
    for exhibit in zoo.exhibits.clone() {
        let native = Arc::clone(if exhibit.seconds == 0 { &impatient } else { &patient });
        let turns = Arc::clone(&turns);
        checks.spawn(async move {
            // Who waits keeps nobody busy.
            let _turn = if exhibit.seconds == 0 { turns.acquire_owned().await.ok() } else { None };
            let domain = Domain::parse(&exhibit.domain()).expect("a domain");
            let check = driver::check(&native, domain, identity, |_, _| {}).await;
            Seen { exhibit, evidence: check.evidence().clone(), report: check.report() }
        });
    }
    checks.join_all().await
}

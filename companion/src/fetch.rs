//! The policy fetch (RFC 8461 §3.3): one GET over HTTPS, as a sender makes it.

use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
use mta_sts::evidence::{Bytes, FetchStage, FetchTime, HttpAnswer};
use mta_sts::policy::MAX_BODY;
use mta_sts::{Domain, Failure};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::guard::{Class, Target};
use crate::http::{Connection, HttpError, Identity};
use crate::native::{Native, connect_failure};
use crate::tls::Purpose;

/// How long one address of a policy host is tried before the next is tried beside it (RFC 8305 §5).
const NEXT_ADDRESS: Duration = Duration::from_millis(250);

/// Measures stages: each begins where the one before ended.
struct Watch {
    begun: Instant,
    stages: Vec<FetchTime>,
}

impl Watch {
    fn end(&mut self, stage: FetchStage, at: Instant) {
        let took = at.saturating_duration_since(self.begun).as_millis();
        self.stages.push(FetchTime { stage, took_ms: u32::try_from(took).unwrap_or(u32::MAX) });
        self.begun = at;
    }
}

impl Native {
    /// Fetches the policy body of a domain from `from`, or from whichever address of its policy host answers.
    pub(crate) async fn fetch(
        &self,
        domain: &Domain,
        from: Option<IpAddr>,
        identity: Identity,
        deadline: Instant,
    ) -> Result<HttpAnswer, Failure> {
        let host = domain.policy_host();
        let mut watch = Watch { begun: Instant::now(), stages: Vec::new() };
        let addresses = match from {
            Some(address) => vec![address],
            None => {
                let addresses = self.addresses(&host, deadline).await?;
                watch.end(FetchStage::Lookup, Instant::now());
                addresses
            }
        };
        let (stream, address) = self.connect_any(&addresses, deadline).await?;
        watch.end(FetchStage::Connect, Instant::now());
        let connecting = self.tls.connect(Purpose::Https, &host, address, stream);
        let (stream, tls) = match timeout_at(deadline, connecting).await {
            Ok(Ok(connected)) => connected,
            Ok(Err(error)) => return Err(Failure::Tls { detail: error.detail }),
            // Not `Timeout`, which is of the answer.
            Err(_) => return Err(Failure::Tls { detail: "no whole handshake in time".into() }),
        };
        watch.end(FetchStage::Handshake, Instant::now());
        if !tls.faults.is_empty() {
            return Err(Failure::Certificate { tls });
        }
        let asking = async {
            let mut connection = Connection::open(stream).await?;
            let accept = "text/plain, */*;q=0.1";
            connection.get(identity, &host, "/.well-known/mta-sts.txt", accept, MAX_BODY).await
        };
        let answer = match timeout_at(deadline, asking).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(HttpError::TooLarge)) => return Err(Failure::TooLarge),
            Ok(Err(HttpError::Closed)) => return Err(Failure::Closed),
            Ok(Err(HttpError::Malformed(detail))) => return Err(Failure::Malformed { detail }),
            Err(_) => return Err(Failure::Timeout),
        };
        watch.end(FetchStage::Answer, answer.head_at);
        if answer.status.as_u16() == 200 {
            watch.end(FetchStage::Body, Instant::now());
        }
        let (headers, headers_left_out) = answer.fields();
        Ok(HttpAnswer {
            status: answer.status.as_u16(),
            content_type: answer.header(CONTENT_TYPE),
            content_encoding: answer.header(CONTENT_ENCODING),
            location: answer.header(LOCATION),
            http_version: Some(format!("{:?}", answer.version).replace("/2.0", "/2")),
            headers,
            headers_left_out,
            body: Bytes(answer.body),
            address: Some(address),
            tls: Some(tls),
            stages: watch.stages,
        })
    }

    /// Connects to port 443 of the first address that answers; the next one is tried when the last has failed, or beside it
    /// after a moment (RFC 8305 §5).
    async fn connect_any(
        &self,
        addresses: &[IpAddr],
        deadline: Instant,
    ) -> Result<(TcpStream, IpAddr), Failure> {
        let mut targets = Vec::new();
        let mut failure = None;
        // Of an address that is not dialled at somebody's wish nothing is known, so what others come to is not the whole.
        let mut withheld = None;
        for address in addresses {
            match self.guard.target(*address, 443) {
                Ok(target) => targets.push((target, *address)),
                Err(class) => {
                    let of_which = if class == Class::OptedOut { &mut withheld } else { &mut failure };
                    of_which.get_or_insert(class.failure(*address));
                }
            }
        }
        let mut untried = targets.into_iter();
        let mut tries = FuturesUnordered::new();
        loop {
            // Where one fails, the next need not be waited for.
            let next = untried.by_ref().find(|(_, address)| match self.guard.count(*address) {
                Ok(()) => true,
                Err(class) => {
                    withheld.get_or_insert(class.failure(*address));
                    false
                }
            });
            if let Some((target, address)) = next {
                tries.push(async move {
                    (timeout_at(deadline, TcpStream::connect(target.at)).await, target, address)
                });
            }
            let tried = match untried.len() {
                0 => tries.next().await,
                _ => match timeout_at(Instant::now() + NEXT_ADDRESS, tries.next()).await {
                    Ok(tried) => tried,
                    Err(_) => continue,
                },
            };
            let Some((connected, target, address)) = tried else { break };
            let this = match connected {
                Ok(Ok(stream)) => {
                    // A request is written whole. Without it, it is only slower.
                    stream.set_nodelay(true).ok();
                    self.note_reached(target, address);
                    return Ok((stream, address));
                }
                Ok(Err(error)) => connect_failure(&error, self.reached(address)),
                Err(_) => Failure::ConnectTimeout { proven: self.reached(address) },
            };
            // A refusal says more than silence, and silence more than having no route.
            let weight = |failure: &Failure| match failure {
                Failure::Refused | Failure::Closed => 3,
                Failure::ConnectTimeout { .. } => 2,
                Failure::NoRoute { .. } => 1,
                _ => 0,
            };
            if failure.as_ref().is_none_or(|known| weight(known) < weight(&this)) {
                failure = Some(this);
            }
        }
        Err(withheld.or(failure).unwrap_or(Failure::NoAddress))
    }

    /// Remembers that the network lets connections of this family out.
    fn note_reached(&self, target: Target, address: IpAddr) {
        if target.outside {
            self.reached_port_443[usize::from(address.is_ipv6())].store(true, Ordering::Relaxed);
        }
    }

    /// Whether anything was reached over the family of `address`, on port 443 or 25.
    fn reached(&self, address: IpAddr) -> bool {
        let family = usize::from(address.is_ipv6());
        self.reached_port_443[family].load(Ordering::Relaxed) || self.port25.is_proven(address)
    }
}

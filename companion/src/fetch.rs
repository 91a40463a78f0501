//! The policy fetch (RFC 8461 §3.3): one GET over HTTPS, as a sender makes it.

use std::net::IpAddr;
use std::time::Duration;

use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
use mta_sts::evidence::{Bytes, HttpAnswer};
use mta_sts::policy::MAX_BODY;
use mta_sts::{Domain, Failure};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

use crate::http::{Connection, HttpError};
use crate::native::{Native, connect_failure};
use crate::tls::Purpose;

/// How long one address of a policy host is tried before the next is tried beside it (RFC 8305 §5).
const NEXT_ADDRESS: Duration = Duration::from_millis(250);

impl Native {
    /// Fetches the policy body (RFC 8461 §3.3).
    pub(crate) async fn fetch(&self, domain: &Domain, deadline: Instant) -> Result<HttpAnswer, Failure> {
        let host = domain.policy_host();
        let addresses = self.addresses(&host, deadline).await?;
        let (stream, address) = self.connect_any(&addresses, deadline).await?;
        let connecting = self.tls.connect(Purpose::Https, &host, address, stream);
        let (stream, tls) = match timeout_at(deadline, connecting).await {
            Ok(Ok(connected)) => connected,
            Ok(Err(error)) => return Err(Failure::Tls { detail: error.detail }),
            Err(_) => return Err(Failure::Timeout),
        };
        if !tls.faults.is_empty() {
            return Err(Failure::Certificate { tls });
        }
        let asking = async {
            let mut connection = Connection::open(stream).await?;
            connection.get(&host, "/.well-known/mta-sts.txt", "text/plain, */*;q=0.1", MAX_BODY).await
        };
        let answer = match timeout_at(deadline, asking).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(HttpError::TooLarge)) => return Err(Failure::TooLarge),
            Ok(Err(HttpError::Closed)) => return Err(Failure::Closed),
            Ok(Err(HttpError::Malformed(detail))) => return Err(Failure::Malformed { detail }),
            Err(_) => return Err(Failure::Timeout),
        };
        Ok(HttpAnswer {
            status: answer.status.as_u16(),
            content_type: answer.header(CONTENT_TYPE),
            content_encoding: answer.header(CONTENT_ENCODING),
            location: answer.header(LOCATION),
            body: Bytes(answer.body),
            address: Some(address),
            tls: Some(tls),
        })
    }

    /// Connects to port 443 of the first address that answers, the next one tried a moment after the
    /// last (RFC 8305).
    async fn connect_any(
        &self,
        addresses: &[IpAddr],
        deadline: Instant,
    ) -> Result<(TcpStream, IpAddr), Failure> {
        let mut targets = Vec::new();
        let mut failure = None;
        for address in addresses {
            match self.guard.target(*address, 443) {
                Ok(target) => targets.push((target, *address)),
                Err(class) => {
                    let class = class.to_string();
                    failure.get_or_insert(Failure::Guarded { address: *address, class });
                }
            }
        }
        let mut tries = JoinSet::new();
        for (turn, (target, address)) in (0..).zip(targets) {
            tries.spawn(async move {
                sleep(NEXT_ADDRESS * turn).await;
                (timeout_at(deadline, TcpStream::connect(target.at)).await, address)
            });
        }
        while let Some(tried) = tries.join_next().await {
            let Ok((connected, address)) = tried else { continue };
            let this = match connected {
                Ok(Ok(stream)) => return Ok((stream, address)),
                Ok(Err(error)) => connect_failure(&error, false),
                Err(_) => Failure::ConnectTimeout { proven: false },
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
        Err(failure.unwrap_or(Failure::NoAddress))
    }
}

//! One mail host alone, each of its addresses: what `mta-sts probe` says.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use mta_sts::evidence::{
    Certificate, CertificateFault, Closer, Nameless, OldTls, Session, SessionEnd, SmtpResult, SmtpStage,
    TlsSeen,
};
use mta_sts::{Failure, Host, Outcome, SCHEMA};
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::native::Native;
use crate::text::{Safe, result_style, styled};
use crate::tls::Purpose;

/// What a probe of a mail host saw.
#[derive(Clone, Debug, Serialize)]
pub struct HostProbe {
    /// The version of this JSON shape: 1.
    pub schema: u32,
    /// The host, as its name is sent as SNI and looked for in the certificate.
    pub host: Host,
    /// The port.
    pub port: u16,
    /// Why there is no address, where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<Failure>,
    /// Each of its addresses, IPv6 first.
    pub addresses: Vec<AddressProbe>,
}

/// What a probe of one address saw.
#[derive(Clone, Debug, Serialize)]
pub struct AddressProbe {
    /// The address.
    pub address: IpAddr,
    /// What it comes to for a sender that honours MTA-STS.
    pub result: SmtpResult,
    /// All that the first connection saw.
    pub outcome: Outcome,
    /// What further connections saw; they change nothing of the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closer: Option<Closer>,
}

impl HostProbe {
    /// Probes every address of `host` at `port`, all of them side by side; `quick` makes one connection to each and no more.
    pub async fn run(native: &Arc<Native>, host: Host, port: u16, quick: bool) -> Self {
        let looked_up = match host.as_str().parse() {
            Ok(address) => Ok(vec![address]),
            Err(_) => native.addresses(host.as_str(), Instant::now() + native.timeout).await,
        };
        let (addresses, failed) = match looked_up {
            Ok(addresses) => (addresses, None),
            Err(failure) => (Vec::new(), Some(failure)),
        };
        let mut probes = JoinSet::new();
        for (index, address) in addresses.into_iter().enumerate() {
            let (native, host) = (Arc::clone(native), host.clone());
            probes.spawn(async move {
                let deadline = || Instant::now() + native.timeout;
                let outcome = native.probe(Purpose::Smtp, &host, address, port, deadline()).await;
                let mut closer = None;
                if let Outcome::Session(first) = &outcome
                    && !quick
                {
                    let mut seen = BTreeMap::new();
                    while let Some(hello) = Closer::next(first, |hello| seen.get(&hello)) {
                        let said = native.say_hello(hello, &host, address, port, deadline()).await;
                        seen.insert(hello, said);
                    }
                    closer = Some(Closer::of(first, |hello| seen.get(&hello)));
                }
                (index, address, outcome, closer)
            });
        }
        let mut seen = probes.join_all().await;
        seen.sort_by_key(|(index, ..)| *index);
        if host.as_address().is_some() {
            // Certificates of mail hosts name hosts, so of an address there is no name to look for.
            for (_, _, outcome, _) in &mut seen {
                if let Outcome::Session(Session { tls: Some(tls), .. }) = outcome {
                    tls.faults.retain(|fault| *fault != CertificateFault::HostMismatch);
                }
            }
        }
        // One address that is reached shows that this network lets the port out over its family.
        let reached = |address: &IpAddr| {
            seen.iter().any(|(_, other, outcome, _)| {
                other.is_ipv4() == address.is_ipv4() && matches!(outcome, Outcome::Session(_))
            })
        };
        let result = |address: &IpAddr, outcome: &Outcome| SmtpResult::of(outcome, reached(address));
        let results: Vec<_> = seen.iter().map(|(_, address, outcome, _)| result(address, outcome)).collect();
        let addresses = seen.into_iter().zip(results);
        let addresses = addresses.map(|((_, address, outcome, closer), result)| AddressProbe {
            address,
            result,
            outcome,
            closer,
        });
        Self { schema: SCHEMA, host, port, failed, addresses: addresses.collect() }
    }

    /// Whether an address was seen to take mail over verified TLS.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.addresses.iter().any(|one| one.result == SmtpResult::Ok)
    }

    /// Whether an address was seen that senders do not deliver to under an enforced policy. One that could not be seen is
    /// none of these.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        let not_seen = [SmtpResult::Ok, SmtpResult::NotObserved];
        self.addresses.iter().any(|one| !not_seen.contains(&one.result))
    }

    /// The diagnosis, for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        self.write(&mut out).ok();
        out
    }

    fn write(&self, out: &mut String) -> fmt::Result {
        let ok = self.addresses.iter().filter(|one| one.result == SmtpResult::Ok).count();
        let host = Safe(self.host.as_str());
        match (&self.failed, self.addresses.len()) {
            (Some(failure), _) => writeln!(out, "{host} cannot be probed: {}", failure.in_words())?,
            (None, count) if ok == count => writeln!(out, "{host} takes mail over verified TLS.")?,
            (None, _) if self.addresses.iter().all(|one| one.result == SmtpResult::NotObserved) => {
                writeln!(out, "Whether {host} takes mail over verified TLS could not be seen.")?;
            }
            (None, _) if ok == 0 => writeln!(out, "{host} does not take mail over verified TLS.")?,
            (None, count) => {
                writeln!(out, "{ok} of {count} addresses of {host} take mail over verified TLS.")?;
            }
        }
        if self.host.as_address().is_some() {
            writeln!(out, "Its certificate's name was not looked at: probe a host by its name for that.")?;
        }
        for address in &self.addresses {
            writeln!(out)?;
            address.write(out, self)?;
        }
        Ok(())
    }
}

impl AddressProbe {
    fn write(&self, out: &mut String, host: &HostProbe) -> fmt::Result {
        let result = styled(result_style(self.result), self.result.as_str());
        writeln!(out, "{} port {}  {result}", self.address, host.port)?;
        let session = match &self.outcome {
            Outcome::Session(session) => session,
            Outcome::Failed(failure) => return writeln!(out, "  {}", Safe(&unconnected(failure))),
            _ => return Ok(()),
        };
        for time in &session.stages {
            let said = match time.stage {
                SmtpStage::Handshake => {
                    session.tls.as_ref().map(|tls| format!("{}, {}", tls.version, tls.cipher))
                }
                _ => None,
            };
            let ended = (time.stage == session.stage).then(|| ended(session));
            let said = ended.or(said).unwrap_or_default();
            let said = if said.is_empty() { said } else { format!("  {}", Safe(&said)) };
            writeln!(out, "  {:<16}{:>6} ms{said}", stage(time.stage), time.took_ms)?;
        }
        if let Some(tls) = &session.tls {
            write_certificate(out, tls, host.host.as_str())?;
        }
        if let Some(closer) = &self.closer {
            write_closer(out, closer)?;
        }
        if session.injected {
            writeln!(out, "  plaintext came between STARTTLS and the handshake; it was thrown away")?;
        }
        if self.result != SmtpResult::Ok {
            writeln!(out, "  what was said:")?;
            for said in &session.transcript {
                writeln!(out, "    {} {}", if said.us { ">" } else { "<" }, Safe(&said.text))?;
            }
        }
        Ok(())
    }
}

fn write_certificate(out: &mut String, tls: &TlsSeen, host: &str) -> fmt::Result {
    for (index, certificate) in tls.chain.iter().enumerate() {
        let what = if index == 0 { "certificate" } else { "sent with it" };
        writeln!(out, "  {what:<16}{}", Safe(&certificate.subject))?;
        if index == 0 {
            let names = certificate.dns_ids.join(", ");
            writeln!(
                out,
                "    names         {}",
                if names.is_empty() { "none (no DNS-ID)".into() } else { Safe(&names).to_string() }
            )?;
        }
        writeln!(out, "    issued by     {}", Safe(&certificate.issuer))?;
        writeln!(out, "    valid         {}", Safe(&validity(certificate)))?;
        writeln!(
            out,
            "    key           {}, signed with {}",
            Safe(&certificate.key),
            Safe(&certificate.signature)
        )?;
        writeln!(out, "    SHA-256       {}", certificate.sha256)?;
    }
    if let Some(anchor) = &tls.anchor {
        writeln!(out, "  {:<16}{}", "trust anchor", Safe(anchor))?;
    }
    for fault in tls.faults_in_words(host) {
        writeln!(out, "  {:<16}{}", "fault", Safe(&fault))?;
    }
    Ok(())
}

fn write_closer(out: &mut String, closer: &Closer) -> fmt::Result {
    let versions = match (closer.tls12, closer.tls13) {
        (Some(true), Some(true)) => Some("TLS 1.2 and 1.3 are taken"),
        (Some(false), Some(true)) => Some("TLS 1.3 is taken, and TLS 1.2 is not"),
        (Some(true), Some(false)) => Some("TLS 1.2 is taken, and TLS 1.3 is not"),
        _ => None,
    };
    if let Some(versions) = versions {
        writeln!(out, "  {:<16}{versions}", "versions")?;
    }
    let nameless = closer.without_sni.as_ref().map(|seen| match seen {
        Nameless::Same => "the same certificate".to_owned(),
        Nameless::Other { tls } => {
            let leaf = tls.chain.first();
            let names = leaf.map(|leaf| leaf.dns_ids.join(", ")).unwrap_or_default();
            format!("another certificate, {} ({names})", leaf.map_or("none", |leaf| leaf.subject.as_str()))
        }
        Nameless::Fails { detail } => format!("it fails: {detail}"),
    });
    if let Some(nameless) = nameless {
        writeln!(out, "  {:<16}{}", "without SNI", Safe(&nameless))?;
    }
    if let Some(OldTls { version, cipher, chain }) = &closer.old {
        let subject = chain.first().map(|leaf| format!("; certificate {}", leaf.subject)).unwrap_or_default();
        let said = format!("the server takes {version} with {cipher}{subject}");
        writeln!(out, "  {:<16}{}", "old TLS", Safe(&said))?;
    }
    Ok(())
}

/// From when to when, and how long still.
fn validity(certificate: &Certificate) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let now = now.and_then(|now| i64::try_from(now.as_secs()).ok()).unwrap_or_default();
    let days = (certificate.not_after - now).div_euclid(86_400);
    let left = match days {
        ..0 => "over".to_owned(),
        0 => "less than a day left".to_owned(),
        1 => "1 day left".to_owned(),
        days => format!("{days} days left"),
    };
    let [from, until] = certificate.days();
    format!("{from} to {until} ({left})")
}

const fn stage(stage: SmtpStage) -> &'static str {
    match stage {
        SmtpStage::Connect => "connect",
        SmtpStage::Banner => "greeting",
        SmtpStage::Ehlo => "EHLO",
        SmtpStage::Starttls => "STARTTLS",
        SmtpStage::Handshake => "TLS handshake",
        SmtpStage::EhloAfterTls => "EHLO over TLS",
        SmtpStage::Done => "done",
    }
}

/// How the session ended; nothing where it is complete.
fn ended(session: &Session) -> String {
    match &session.end {
        SessionEnd::Complete => String::new(),
        SessionEnd::Tls { old_version: true, .. } => {
            format!("{}; it speaks neither TLS 1.2 nor 1.3", session.ending())
        }
        _ => session.ending(),
    }
}

/// Why an address was not reached, with what a person at the terminal can do about it.
fn unconnected(failure: &Failure) -> String {
    let said = failure.in_words();
    match failure {
        Failure::ConnectTimeout { proven: false } => {
            format!(
                "{said}, and nothing shows that this network lets the port out: --port25-check HOST tries another host"
            )
        }
        Failure::Guarded { .. } => format!("{said}; --allow-address opens a range"),
        _ => said,
    }
}

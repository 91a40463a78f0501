//! Which connections to mail hosts are made, where several names lead to one address.
#![cfg(not(target_arch = "wasm32"))]

use std::net::IpAddr;

use mta_sts::dns::{Kind, Name};
use mta_sts::evidence::{Bytes, Certificate, Session, SessionEnd, SmtpStage, TlsSeen};
use mta_sts::facts::MAX_CONNECTIONS;
use mta_sts::{Check, Domain, Entry, Outcome, Step, Witness};
use proptest::prelude::*;

const ADDRESS: [u8; 4] = [192, 0, 2, 1];

fn message(name: &str, kind: Kind, records: &[Vec<u8>]) -> Outcome {
    let count = u16::try_from(records.len()).expect("few");
    let mut wire: Vec<u8> = [0, 0x8180, 1, count, 0, 0].into_iter().flat_map(u16::to_be_bytes).collect();
    wire.extend(Name::parse(name).expect("a name").as_wire());
    wire.extend([kind.code(), 1].into_iter().flat_map(u16::to_be_bytes));
    for data in records {
        let length = u16::try_from(data.len()).expect("short");
        wire.extend([0xC00C, kind.code(), 1, 0, 60, length].into_iter().flat_map(u16::to_be_bytes));
        wire.extend(data);
    }
    Outcome::Message(Bytes(wire))
}

/// What comes of a step for a domain with so many MX hosts, all of them with one address.
fn outcome(step: &Step, hosts: u16) -> Outcome {
    match step {
        Step::Dns { name, rrtype: Kind::Mx, .. } => {
            let mx = |host: u16| {
                let target = Name::parse(&format!("mx{host}.example.com")).expect("a name");
                [&host.to_be_bytes()[..], target.as_wire()].concat()
            };
            message(name, Kind::Mx, &(0..hosts).map(mx).collect::<Vec<_>>())
        }
        Step::Dns { name, rrtype: Kind::A, .. } if name.starts_with("mx") => {
            message(name, Kind::A, &[ADDRESS.to_vec()])
        }
        Step::Dns { name, rrtype, .. } => message(name, *rrtype, &[]),
        Step::Smtp { .. } | Step::Tls { .. } => {
            let tls = TlsSeen {
                version: "TLSv1.3".into(),
                chain: vec![Certificate::default()],
                ..TlsSeen::default()
            };
            let (stage, end) = (SmtpStage::Done, SessionEnd::Complete);
            let (transcript, stages) = (Vec::new(), Vec::new());
            Outcome::Session(Session { stage, end, tls: Some(tls), injected: false, transcript, stages })
        }
        _ => Outcome::Failed(mta_sts::Failure::Refused),
    }
}

proptest! {
    /// In whichever order the outcomes come: one connection at a time, five at most, and always the same.
    #[test]
    fn an_address_is_connected_to_five_times_at_most(
        hosts in 1_u16..12,
        turns in proptest::collection::vec(any::<usize>(), 200),
    ) {
        let domain = Domain::parse("example.com").expect("a domain");
        let mut check = Check::new(domain, 1_795_305_600);
        let mut under_way: Vec<Step> = Vec::new();
        let mut dialled: Vec<Step> = Vec::new();
        let mut turns = turns.into_iter().cycle();
        loop {
            for step in check.next_steps() {
                if step.mail_address().is_some() {
                    dialled.push(step.clone());
                }
                under_way.push(step);
            }
            prop_assert!(under_way.iter().filter(|step| step.mail_address().is_some()).count() <= 1);
            if under_way.is_empty() {
                break;
            }
            let step = under_way.swap_remove(turns.next().unwrap_or_default() % under_way.len());
            let outcome = outcome(&step, hosts);
            check.feed(Entry { step, by: Witness::Terminal, via: None, took_ms: 1, outcome });
        }
        prop_assert!(dialled.iter().all(|step| step.mail_address() == Some(IpAddr::from(ADDRESS))));
        let names = usize::from(hosts).min(MAX_CONNECTIONS);
        let first = dialled.iter().filter(|step| matches!(step, Step::Smtp { .. })).count();
        prop_assert_eq!(first, names);
        // Two further ones, where there is room for them.
        prop_assert_eq!(dialled.len() - first, (MAX_CONNECTIONS - names).min(2));
        let report = check.report();
        let skipped = report.findings.iter().filter(|finding| finding.code == "mx-skipped").count();
        prop_assert_eq!(skipped, usize::from(hosts) - names);
    }
}

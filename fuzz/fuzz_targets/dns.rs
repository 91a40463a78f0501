//! Any bytes as a DNS message: read or refused, and an answer is found or not, without an end that does not come.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mta_sts::dns::{Kind, Message, Name};

fuzz_target!(|wire: &[u8]| {
    let Ok(message) = Message::parse(wire) else { return };
    let asked = message.question.as_ref().map(|(name, _)| name.clone());
    let names = asked.into_iter().chain(Name::parse("example.com"));
    for name in names {
        assert!(Name::parse(&name.to_string()).is_ok_and(|read| read == name), "{name}");
        for kind in [Kind::Txt, Kind::Mx, Kind::A, Kind::Aaaa] {
            let answer = message.answer(&name, kind);
            assert!(answer.records.len() <= message.answers.len());
        }
    }
});

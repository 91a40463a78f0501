//! The DNS codec against two others: `hickory-proto` writes messages, it and `domain` read them, and all
//! three see the same.
#![cfg(not(target_arch = "wasm32"))]

use domain::base::{Message as OtherMessage, ParsedName, RecordData as _};
use domain::rdata::AllRecordData;
use hickory_proto::op::{
    Message as HickoryMessage, MessageType, OpCode, Query as HickoryQuery, ResponseCode,
};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, MX, TLSA, TXT};
use hickory_proto::rr::{Name as HickoryName, RData, Record as HickoryRecord, RecordType};
use hickory_proto::serialize::binary::{BinDecodable, BinEncodable};
use mta_sts::dns::{Data, Kind, Message, Name, Query, Tlsa};
use proptest::prelude::*;

/// A record in a form that each codec can be turned into.
type Plain = (String, u32, String);

fn ours(message: &Message) -> Vec<Plain> {
    let data = |data: &Data| match data {
        Data::A(address) => format!("A {address}"),
        Data::Aaaa(address) => format!("AAAA {address}"),
        Data::Cname(name) => format!("CNAME {}", hex(name.as_wire())),
        Data::Mx(preference, name) => format!("MX {preference} {}", hex(name.as_wire())),
        Data::Txt(strings) => format!("TXT {strings:?}"),
        Data::Tlsa(Tlsa { usage, selector, matching, data }) => {
            format!("TLSA {:?} {data:?}", [usage, selector, matching])
        }
        Data::Other(kind, _) => format!("OTHER {kind}"),
    };
    message
        .answers
        .iter()
        .map(|record| (hex(record.name.as_wire()), record.ttl, data(&record.data)))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{:02x}", b.to_ascii_lowercase())).collect()
}

fn hickory_name(name: &HickoryName) -> String {
    let mut wire: Vec<u8> = Vec::new();
    for label in name.iter() {
        wire.push(u8::try_from(label.len()).expect("a label"));
        wire.extend(label);
    }
    wire.push(0);
    hex(&wire)
}

fn hickory(message: &HickoryMessage) -> Vec<Plain> {
    let data = |data: &RData| match data {
        RData::A(A(address)) => format!("A {address}"),
        RData::AAAA(AAAA(address)) => format!("AAAA {address}"),
        RData::CNAME(CNAME(name)) => format!("CNAME {}", hickory_name(name)),
        RData::MX(mx) => format!("MX {} {}", mx.preference, hickory_name(&mx.exchange)),
        RData::TXT(txt) => {
            let strings: Vec<Vec<u8>> = txt.txt_data.iter().map(|string| string.to_vec()).collect();
            format!("TXT {strings:?}")
        }
        RData::TLSA(tlsa) => {
            let (usage, selector, matching) = (tlsa.cert_usage, tlsa.selector, tlsa.matching);
            let numbers = [u8::from(usage), u8::from(selector), u8::from(matching)];
            format!("TLSA {numbers:?} {:?}", tlsa.cert_data)
        }
        other => format!("OTHER {}", u16::from(other.record_type())),
    };
    message
        .answers
        .iter()
        .map(|record| (hickory_name(&record.name), record.ttl, data(&record.data)))
        .collect()
}

/// The same by `domain`; nothing where it cannot read the message.
fn domain(wire: &[u8]) -> Option<Vec<Plain>> {
    let message = OtherMessage::from_octets(wire).ok()?;
    let name = |name: &ParsedName<&[u8]>| {
        let flat: domain::base::Name<Vec<u8>> = domain::base::ToName::to_name(name);
        hex(flat.as_slice())
    };
    let mut records = Vec::new();
    for record in message.answer().ok()? {
        let record = record.ok()?.into_any_record::<AllRecordData<_, ParsedName<_>>>().ok()?;
        let data = match record.data() {
            AllRecordData::A(a) => format!("A {}", a.addr()),
            AllRecordData::Aaaa(aaaa) => format!("AAAA {}", aaaa.addr()),
            AllRecordData::Cname(cname) => format!("CNAME {}", name(cname.cname())),
            AllRecordData::Mx(mx) => format!("MX {} {}", mx.preference(), name(mx.exchange())),
            AllRecordData::Txt(txt) => {
                let strings: Vec<Vec<u8>> = txt.iter().map(<[u8]>::to_vec).collect();
                format!("TXT {strings:?}")
            }
            AllRecordData::Tlsa(tlsa) => {
                let (usage, selector, matching) = (tlsa.usage(), tlsa.selector(), tlsa.matching_type());
                let numbers = [usage.to_int(), selector.to_int(), matching.to_int()];
                format!("TLSA {numbers:?} {:?}", tlsa.data())
            }
            other => format!("OTHER {}", other.rtype().to_int()),
        };
        records.push((name(record.owner()), record.ttl().as_secs(), data));
    }
    Some(records)
}

fn label() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9_-]{1,12}"
}

fn name() -> impl Strategy<Value = HickoryName> {
    prop::collection::vec(label(), 1..5)
        .prop_map(|labels| HickoryName::from_labels(labels.iter().map(String::as_bytes)).expect("a name"))
}

fn rdata() -> impl Strategy<Value = RData> {
    let strings = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..5);
    prop_oneof![
        any::<u32>().prop_map(|bits| RData::A(A(bits.into()))),
        any::<u128>().prop_map(|bits| RData::AAAA(AAAA(bits.into()))),
        name().prop_map(|name| RData::CNAME(CNAME(name))),
        (any::<u16>(), name()).prop_map(|(preference, name)| RData::MX(MX::new(preference, name))),
        (any::<[u8; 3]>(), prop::collection::vec(any::<u8>(), 0..70))
            .prop_map(|([a, b, c], data)| { RData::TLSA(TLSA::new(a.into(), b.into(), c.into(), data)) }),
        strings.prop_map(|strings| {
            let strings = strings.iter().map(Vec::as_slice).collect::<Vec<_>>();
            RData::TXT(TXT::from_bytes(strings))
        }),
    ]
}

fn message() -> impl Strategy<Value = HickoryMessage> {
    let records = prop::collection::vec((name(), any::<u32>(), rdata()), 0..8);
    (any::<u16>(), name(), records, any::<bool>(), 0..6u16).prop_map(
        |(id, asked, records, authentic, rcode)| {
            let mut message = HickoryMessage::new(id, MessageType::Response, OpCode::Query);
            message.metadata.recursion_desired = true;
            message.metadata.authentic_data = authentic;
            message.metadata.response_code = ResponseCode::from(0, u8::try_from(rcode).expect("small"));
            message.add_query(HickoryQuery::query(asked, RecordType::TXT));
            for (name, ttl, data) in records {
                // RFC 2181 §8: a TTL is 31 bits.
                message.add_answer(HickoryRecord::from_rdata(name, ttl >> 1, data));
            }
            message
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_hickory_writes_all_three_read_alike(message in message()) {
        let wire = message.to_bytes().expect("a message");
        let read = Message::parse(&wire).expect("ours reads it");
        prop_assert_eq!(read.id, message.metadata.id);
        prop_assert_eq!(read.authenticated, message.metadata.authentic_data);
        prop_assert_eq!(read.rcode, u16::from(message.metadata.response_code));
        prop_assert_eq!(ours(&read), hickory(&message));
        prop_assert_eq!(Some(ours(&read)), domain(&wire));
    }

    /// Broken messages: none panics, and where ours and another both read one, they read the same.
    #[test]
    fn broken_messages_are_refused_or_read_alike(
        message in message(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut wire = message.to_bytes().expect("a message");
        for (index, byte) in edits {
            let at = index.index(wire.len());
            wire[at] = byte;
        }
        if let Some(cut) = cut {
            wire.truncate(cut.index(wire.len()));
        }
        if let Ok(read) = Message::parse(&wire) && !read.truncated {
            // `domain` refuses other classes' records no more than ours does, but shows them too.
            let all_internet = read.answers.len() == usize::from(u16::from_be_bytes([wire[6], wire[7]]));
            if let Some(theirs) = domain(&wire).filter(|_| all_internet) {
                prop_assert_eq!(ours(&read), theirs);
            }
            if let Ok(theirs) = HickoryMessage::from_bytes(&wire) && all_internet {
                prop_assert_eq!(ours(&read).len(), theirs.answers.len());
            }
        }
    }

    #[test]
    fn our_queries_are_read_by_both(labels in prop::collection::vec(label(), 1..5), id: u16, cd: bool) {
        let text = labels.join(".");
        let query = Query { id, name: Name::parse(&text).expect("a name"), kind: Kind::Mx, cd };
        let wire = query.encode();

        let read = HickoryMessage::from_bytes(&wire).expect("hickory reads it");
        prop_assert_eq!(read.metadata.id, id);
        prop_assert!(read.metadata.recursion_desired && read.metadata.authentic_data);
        prop_assert_eq!(read.metadata.checking_disabled, cd);
        let edns = read.edns.as_ref().expect("EDNS");
        prop_assert!(edns.flags().dnssec_ok);
        prop_assert_eq!(edns.max_payload(), 1232);
        prop_assert_eq!(read.queries.len(), 1);
        prop_assert_eq!(read.queries[0].query_type(), RecordType::MX);
        let lower: Vec<String> = labels.iter().map(|label| label.to_ascii_lowercase()).collect();
        let asked = HickoryName::from_labels(lower.iter().map(String::as_bytes)).expect("a name");
        prop_assert_eq!(read.queries[0].name(), &asked);

        let read = OtherMessage::from_octets(&wire[..]).expect("domain reads it");
        prop_assert_eq!(read.header().id(), id);
        prop_assert!(read.opt().is_some_and(|opt| opt.dnssec_ok()));
        let question = read.sole_question().expect("one question");
        prop_assert_eq!(question.qtype(), domain::base::iana::Rtype::MX);
    }

    #[test]
    fn names_go_to_text_and_back(labels in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 1..5)) {
        let hickory = HickoryName::from_labels(labels.iter().map(Vec::as_slice));
        prop_assume!(hickory.is_ok());
        let mut wire: Vec<u8> = Vec::new();
        for label in &labels {
            wire.push(u8::try_from(label.len()).expect("short"));
            wire.extend(label.iter().map(u8::to_ascii_lowercase));
        }
        wire.push(0);
        // The name as the one in a question, read and written as text.
        let mut message = b"\0\0\x80\0\0\x01\0\0\0\0\0\0".to_vec();
        message.extend(&wire);
        message.extend(b"\0\x10\0\x01");
        let (name, _) = Message::parse(&message).expect("a message").question.expect("a question");
        prop_assert_eq!(name.as_wire(), wire.as_slice());
        prop_assert_eq!(Name::parse(&name.to_string()), Ok(name));
    }

    #[test]
    fn any_bytes_are_refused_or_read(wire in prop::collection::vec(any::<u8>(), 0..400)) {
        Message::parse(&wire).ok();
    }
}

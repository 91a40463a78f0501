//! What this host program says in evidence, the engine knows in other languages, too.
#![cfg(not(target_arch = "wasm32"))]

use std::net::IpAddr;

use companion::guard::Class;
use mta_sts::Failure;
use mta_sts::heard::is_known;

#[test]
fn every_class_of_address_is_known() {
    for address in [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "::",
        "::1",
        "fd00::1",
        "fe80::1",
        "ff02::1",
        "2001:db8::1",
        "2001:2::1",
        "::ffff:10.0.0.1",
        "::ffff:9.9.9.9",
        "64:ff9b::a00:1",
    ] {
        let address: IpAddr = address.parse().expect("an address");
        let class = Class::of(address).expect("an address that is not public").to_string();
        assert!(is_known(&class), "{class}");
    }
    let crowded = Class::Crowded.failure("192.0.2.1".parse().expect("an address"));
    let Failure::Companion { detail } = crowded else { panic!("{crowded:?}") };
    assert!(is_known(&detail), "{detail}");
}

/// What few servers show is found in the source: each of the verifier's errors that has words of ours.
#[test]
fn the_verifiers_errors_are_known() {
    let source = include_str!("../src/chain.rs");
    let words = source.split("fn in_words").nth(1).and_then(|rest| rest.split("other =>").next());
    let words: Vec<&str> = words.expect("its words").split('"').skip(1).step_by(2).collect();
    assert!(words.len() > 8, "{words:?}");
    for why in words {
        assert!(is_known(why), "{why}");
    }
}

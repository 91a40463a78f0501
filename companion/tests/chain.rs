//! What is wrong with a chain of certificates: each fault by itself, and several at once.
#![cfg(not(target_arch = "wasm32"))]

use std::time::{Duration, Instant};

use companion::trust::{Judged, Trust};
use mta_sts::evidence::{CertificateFault as Fault, TlsSeen};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose as Usage, IsCa,
    KeyPair, date_time_ymd,
};

const HOST: &str = "mx.example.com";
/// 2026-11-22
const NOW: u64 = 1_795_305_600;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn params(name: &str, from: i32, to: i32) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
    params
}

/// An authority that is valid in these years.
fn authority(name: &str, from: i32, to: i32, issuer: Option<&Authority>) -> Authority {
    let mut params = params(name, from, to);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    match issuer {
        Some(issuer) => CertifiedIssuer::signed_by(params, key, issuer),
        None => CertifiedIssuer::self_signed(params, key),
    }
    .expect("an authority")
}

struct Leaf {
    name: &'static str,
    years: (i32, i32),
    usage: Usage,
}

const RIGHT: Leaf = Leaf { name: HOST, years: (2026, 2028), usage: Usage::ServerAuth };

/// What is said of the certificate of `issuer` with `others` behind it, where `root` is trusted.
fn judge(root: &Authority, leaf: &Leaf, issuer: &Authority, others: &[&Authority]) -> Judged {
    let mut params = params(leaf.name, leaf.years.0, leaf.years.1);
    params.subject_alt_names =
        CertificateParams::new([leaf.name.to_owned()]).expect("a name").subject_alt_names;
    params.extended_key_usages = vec![leaf.usage.clone()];
    let key = KeyPair::generate().expect("a key");
    let own = params.signed_by(&key, issuer).expect("a certificate");
    let mut chain = vec![own.der().clone()];
    chain.extend(others.iter().map(|other| other.der().clone()));
    let mut trust = Trust::default();
    trust.add_pem(root.pem().as_bytes()).expect("a root");
    trust.judge(&chain, HOST, NOW)
}

fn in_words(judged: Judged) -> Vec<String> {
    TlsSeen { chain: judged.chain, faults: judged.faults, ..TlsSeen::default() }.faults_in_words(HOST)
}

#[test]
fn a_good_chain_has_no_faults_in_any_order() {
    let root = authority("Root", 2020, 2040, None);
    let upper = authority("Upper", 2024, 2030, Some(&root));
    let lower = authority("Lower", 2024, 2030, Some(&upper));
    let expired = authority("Unused", 2019, 2020, Some(&root));
    for others in [&[&lower, &upper][..], &[&upper, &lower], &[&lower, &upper, &root, &expired]] {
        let judged = judge(&root, &RIGHT, &lower, others);
        assert_eq!((judged.faults, judged.anchor.as_deref()), (vec![], Some("CN=Root")));
    }
}

/// Mending one fault uncovers no other: all of them are told at once.
#[test]
fn several_faults_are_told_at_once() {
    let root = authority("Root", 2010, 2040, None);
    let old = authority("Old", 2015, 2022, Some(&root));
    let wrong = Leaf { name: "www.example.com", years: (2020, 2021), usage: Usage::ClientAuth };
    let judged = judge(&root, &wrong, &old, &[&old]);
    assert_eq!(judged.anchor.as_deref(), Some("CN=Root"), "it leads somewhere nevertheless");
    assert_eq!(
        in_words(judged),
        [
            "the certificate names `www.example.com`, not `mx.example.com`",
            "the certificate ended on 2021-01-01",
            "the certificate is not trusted: it is for TLS clients, not for servers (extended key usage)",
            "the certificate of `CN=Old`, which it needs, ended on 2022-01-01",
        ]
    );
}

/// The faults of a chain are found too where the certificate is right, and name the certificate they are of.
#[test]
fn a_fault_of_an_intermediate_names_it() {
    let root = authority("Root", 2010, 2040, None);
    let old = authority("Old", 2015, 2022, Some(&root));
    let young = authority("Young", 2027, 2030, Some(&root));
    for (issuer, said) in [
        (&old, "the certificate of `CN=Old`, which it needs, ended on 2022-01-01"),
        (&young, "the certificate of `CN=Young`, which it needs, begins only on 2027-01-01"),
    ] {
        let wide = Leaf { years: (2016, 2030), ..RIGHT };
        let judged = judge(&root, &wide, issuer, &[issuer]);
        assert_eq!(in_words(judged), [said]);
    }
    // No day lies in both lives, and still it is told.
    let judged = judge(&root, &RIGHT, &old, &[&old]);
    assert_eq!(in_words(judged), ["the certificate of `CN=Old`, which it needs, ended on 2022-01-01"]);
}

/// What was not there yet when a certificate was valid is no fault of today's.
#[test]
fn an_issuer_younger_than_an_expired_certificate_is_no_fault() {
    let root = authority("Root", 2010, 2040, None);
    let renewed = authority("Renewed", 2024, 2030, Some(&root));
    let expired = Leaf { years: (2020, 2021), ..RIGHT };
    let judged = judge(&root, &expired, &renewed, &[&renewed]);
    assert_eq!(in_words(judged), ["the certificate ended on 2021-01-01"]);
}

#[test]
fn an_expired_certificate_of_a_stranger_tells_both() {
    let root = authority("Root", 2010, 2040, None);
    let stranger = authority("Stranger", 2010, 2040, None);
    let expired = Leaf { years: (2020, 2021), ..RIGHT };
    let judged = judge(&root, &expired, &stranger, &[]);
    assert_eq!(judged.anchor, None);
    assert_eq!(
        in_words(judged),
        [
            "the certificate ended on 2021-01-01",
            "no chain leads from `CN=Stranger` to an authority that is trusted",
        ]
    );
}

/// A chain made to keep a verifier busy: authorities of one name that certify each other.
#[test]
fn a_chain_made_to_keep_us_busy_does_not() {
    let root = authority("Root", 2010, 2040, None);
    let first = authority("Maze", 2010, 2040, None);
    let maze: Vec<Authority> = (0..40).map(|_| authority("Maze", 2010, 2022, Some(&first))).collect();
    let others: Vec<&Authority> = maze.iter().collect();
    let begun = Instant::now();
    let judged = judge(&root, &RIGHT, maze.last().expect("one"), &others);
    assert!(!judged.faults.is_empty());
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

/// More intermediates than the strict verifier follows (six) are told as that.
#[test]
fn a_chain_that_is_too_long_is_told() {
    let root = authority("Root", 2010, 2040, None);
    let mut all = vec![authority("0", 2010, 2040, Some(&root))];
    for number in 1..9 {
        let next = authority(&number.to_string(), 2010, 2040, all.last());
        all.push(next);
    }
    let others: Vec<&Authority> = all.iter().rev().collect();
    let judged = judge(&root, &RIGHT, others[0], &others);
    let [Fault::Untrusted { why }] = judged.faults.as_slice() else { panic!("{:?}", judged.faults) };
    assert_eq!(why, "more intermediate certificates lead to an authority than are followed (six)");
}

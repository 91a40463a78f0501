//! Reading a policy and a record, beside other crates: bytes in, what a sender reads out.

use std::hint::black_box;

use criterion::Criterion;
use mail_auth::dns::TxtRecordParser;
use mail_auth::mta_sts::MtaStsRecord;
use mta_sts::{PolicyDoc, RecordDoc, RecordKind};

/// Six lines.
const POLICY: &str = "version: STSv1\nmode: enforce\nmx: mx1.fabrikam.com\nmx: mx2.fabrikam.com\nmx: mx3.fabrikam.com\nmax_age: 604800\n";
const RECORD: &str = "v=STSv1; id=20260322104512Z;";

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    criterion.bench_function("policy: mta-sts", |b| {
        b.iter(|| PolicyDoc::parse(black_box(POLICY.as_bytes())).policy());
    });
    criterion.bench_function("policy: mailrs-mta-sts", |b| {
        b.iter(|| mailrs_mta_sts::Policy::parse(black_box(POLICY)));
    });
    criterion.bench_function("record: mta-sts", |b| {
        b.iter(|| RecordDoc::parse(RecordKind::Record, black_box(RECORD.as_bytes())).record());
    });
    criterion.bench_function("record: mail-auth", |b| {
        b.iter(|| MtaStsRecord::parse(black_box(RECORD.as_bytes())));
    });
    criterion.final_summary();
}

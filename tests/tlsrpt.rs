//! TLS reports as they come: the samples of the corpus with the totals a person counted, and texts of our own with every deviation.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mta_sts::tlsrpt::{Collection, Filter, Held, NoReport, Part, TlsReport, parts, read, time};

/// What a person counted in each sample: reports, successful sessions, failed ones, and the codes of what is not as it should be.
const SAMPLES: &[(&str, usize, u64, u64, &[&str])] = &[
    ("dmarc-report-viewer_google.json", 1, 1, 0, &["no-failure-details"]),
    ("dmarc-report-viewer_microsoft.json", 1, 4, 0, &["no-failure-details", "policy-packed"]),
    ("dmarc-report-viewer_no-contact.json", 1, 1, 0, &["mx-host-line", "null"]),
    ("dmarc-report-viewer_no-ip-and-mx.json", 1, 0, 3, &["field-missing"]),
    ("dmarc-report-viewer_rfc-example.json", 1, 5326, 303, &["field-missing", "ip-not-canonical"]),
    ("doc_google-2019.json", 1, 773, 0, &["no-failure-details"]),
    (
        "domaindetective_tlsrpt-invalid.json",
        1,
        90,
        0,
        &["field-missing", "no-failure-details", "policy-type-unknown"],
    ),
    (
        "domaindetective_tlsrpt.json",
        1,
        90,
        10,
        &["field-missing", "no-failure-details", "policy-type-unknown", "string-for-array"],
    ),
    ("mail-auth_rpt01.json", 1, 5326, 303, &["field-missing", "ip-not-canonical"]),
    ("mail-auth_rpt02.json", 1, 23, 1, &["range-no-day"]),
    ("mail-tls-rpt_google-2020.json", 1, 343, 0, &["no-failure-details"]),
    ("mox_google-2022.json", 1, 3, 0, &["no-failure-details"]),
    ("mox_microsoft-2023.json", 1, 2, 0, &["date-no-zone", "no-failure-details"]),
    ("mox_reportMultipleJSON.json", 1, 2, 0, &[]),
    ("parsedmarc_google-2024.json", 1, 48, 0, &["no-failure-details"]),
    ("parsedmarc_rfc8460.json", 1, 5326, 303, &["field-missing", "ip-not-canonical", "string-for-array"]),
    ("parsedmarc_smtp_tls.json", 1, 0, 3, &[]),
    ("thread_google-migadu-2025.json", 1, 3, 0, &["no-failure-details"]),
    ("thread_refluxstop-2026.json", 1, 1, 0, &["null"]),
    ("tlsrpt-digest_google-1.json", 1, 1, 0, &["no-failure-details"]),
    ("tlsrpt-digest_google-2.json", 1, 4, 0, &["no-failure-details"]),
];

fn codes(report: &TlsReport) -> BTreeSet<&str> {
    report.deviations.iter().map(|deviation| &*deviation.code).collect()
}

#[test]
fn every_sample_reads_with_the_totals_a_person_counted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/tlsrpt");
    if !folder.is_dir() {
        // Past the test runner, which shows nothing of a test that passes.
        writeln!(std::io::stderr(), "{} is not there: the samples were not read", folder.display())
            .expect("standard error");
        return;
    }
    for (name, count, successful, failed, deviations) in SAMPLES {
        let bytes = std::fs::read(folder.join(name)).expect("a sample");
        let reports = read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let sum = |of: fn(&mta_sts::tlsrpt::Sessions) -> u64| -> u64 {
            reports.iter().flat_map(|report| &report.policies).map(of).sum()
        };
        let seen = (reports.len(), sum(|sessions| sessions.successful), sum(|sessions| sessions.failed));
        assert_eq!(seen, (*count, *successful, *failed), "{name}");
        let seen: BTreeSet<&str> = reports.iter().flat_map(codes).collect();
        assert_eq!(seen, deviations.iter().copied().collect(), "{name}: {:?}", reports[0].deviations);
    }
    let known: BTreeSet<&str> = SAMPLES.iter().map(|(name, ..)| *name).collect();
    for entry in std::fs::read_dir(&folder).expect("the corpus") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name");
        if name.ends_with(".gz") {
            continue; // the same, packed: the command line reads them
        }
        assert!(known.contains(name.as_str()), "{name} is not counted");
    }
}

/// A report as RFC 8460 has it.
const GOOD: &str = r#"{
  "organization-name": "Sender", "contact-info": "tls@sender.example", "report-id": "1@sender.example",
  "date-range": { "start-datetime": "2026-01-31T00:00:00Z", "end-datetime": "2026-01-31T23:59:59Z" },
  "policies": [ {
    "policy": { "policy-type": "sts", "policy-string": ["version: STSv1", "mode: enforce"], "policy-domain": "example.com", "mx-host": ["*.example.com"] },
    "summary": { "total-successful-session-count": 5, "total-failure-session-count": 3 },
    "failure-details": [
      { "result-type": "certificate-expired", "sending-mta-ip": "192.0.2.1", "receiving-mx-hostname": "mx.example.com", "receiving-ip": "2001:db8::1", "failed-session-count": 2 },
      { "result-type": "sts-policy-fetch-error", "failed-session-count": 1 }
    ]
  } ]
}"#;

fn only(text: &str) -> TlsReport {
    let mut reports = read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(reports.len(), 1, "{text}");
    reports.remove(0)
}

#[test]
fn a_report_as_the_rfc_has_it_has_nothing_to_say_of() {
    let report = only(GOOD);
    assert_eq!(report.deviations, []);
    assert_eq!((report.start, report.end), (Some(1_769_817_600), Some(1_769_903_999)));
    let [sessions] = report.policies.as_slice() else { panic!("{report:?}") };
    assert_eq!((sessions.successful, sessions.failed), (5, 3));
    assert_eq!(sessions.failures[0].receiving_mx.as_deref(), Some("mx.example.com"));
}

/// What is put in place of what, the deviations that makes, with their places, and what is read all the same.
#[test]
fn every_deviation_is_named_and_the_rest_is_read() {
    type Reads = fn(&TlsReport) -> bool;
    type Case = (&'static str, &'static str, &'static [(&'static str, &'static str)], Reads);
    let sessions_are: Reads = |report| (report.policies[0].successful, report.policies[0].failed) == (5, 3);
    let cases: &[Case] = &[
        ("{\n  \"org", "\u{feff}{\n  \"org", &[("byte-order-mark", "")], sessions_are),
        (
            r#""contact-info": "tls@sender.example","#,
            r#""contact-info": null,"#,
            &[("null", "contact-info")],
            |report| report.contact.is_none(),
        ),
        (
            r#""contact-info": "tls@sender.example","#,
            r#""contact-info": "nobody","#,
            &[("contact-no-address", "contact-info")],
            sessions_are,
        ),
        (
            r#""contact-info": "tls@sender.example","#,
            r#""contact-info": ["tls@sender.example"],"#,
            &[("wrong-type", "contact-info")],
            |report| report.contact.as_deref() == Some("tls@sender.example"),
        ),
        (r#""report-id": "1@sender.example","#, "", &[("field-missing", "report-id")], sessions_are),
        (
            r#""report-id": "1@sender.example","#,
            r#""report-id": 17,"#,
            &[("wrong-type", "report-id")],
            |report| report.report_id.as_deref() == Some("17"),
        ),
        ("organization-name", "organization_name", &[("field-other-name", "organization-name")], |report| {
            report.organization.as_deref() == Some("Sender")
        }),
        ("organization-name", "organizationName", &[("field-other-name", "organization-name")], |report| {
            report.organization.as_deref() == Some("Sender")
        }),
        (
            "2026-01-31T00:00:00Z",
            "2026-01-31T00:00:00",
            &[("date-no-zone", "date-range.start-datetime")],
            |report| report.start == Some(1_769_817_600),
        ),
        (
            "2026-01-31T00:00:00Z",
            "2026-01-31 00:00:00 UTC",
            &[("date-otherwise", "date-range.start-datetime")],
            |report| report.start == Some(1_769_817_600),
        ),
        ("2026-01-31T23:59:59Z", "2026-01-31", &[("date-day", "date-range.end-datetime")], |report| {
            report.end == Some(1_769_903_999)
        }),
        ("2026-01-31T00:00:00Z", "Saturday", &[("date-invalid", "date-range.start-datetime")], |report| {
            report.start.is_none()
        }),
        ("2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z", &[("date-backwards", "date-range")], sessions_are),
        ("2026-01-31T00:00:00Z", "2026-01-25T00:00:00Z", &[("range-no-day", "date-range")], sessions_are),
        (
            r#""policy-type": "sts""#,
            r#""policy-type": "tls""#,
            &[("policy-type-unknown", "policies[0].policy.policy-type")],
            sessions_are,
        ),
        (
            r#""policy-domain": "example.com", "#,
            "",
            &[("field-missing", "policies[0].policy.policy-domain")],
            |report| report.policies[0].domain.is_none(),
        ),
        (
            r#""policy-domain": "example.com""#,
            r#""policy-domain": "BÜCHER.example""#,
            &[("domain-unicode", "policies[0].policy.policy-domain")],
            |report| report.policies[0].domain.as_deref() == Some("bücher.example"),
        ),
        (
            r#"["*.example.com"]"#,
            r#""*.example.com""#,
            &[("string-for-array", "policies[0].policy.mx-host")],
            |report| report.policies[0].mx == ["*.example.com"],
        ),
        (
            r#""mx-host": ["*.example.com"]"#,
            r#""mx-host-pattern": ["*.example.com"]"#,
            &[("field-other-name", "policies[0].policy.mx-host")],
            |report| report.policies[0].mx == ["*.example.com"],
        ),
        (
            r#"["*.example.com"]"#,
            r#"["mx: *.example.com"]"#,
            &[("mx-host-line", "policies[0].policy.mx-host")],
            |report| report.policies[0].mx == ["*.example.com"],
        ),
        (r#", "mx-host": ["*.example.com"]"#, "", &[], sessions_are),
        (
            r#", "mx-host": ["*.example.com"] }"#,
            r#"}, "mx-host": ["*.example.com"]"#,
            &[("field-elsewhere", "policies[0].mx-host")],
            |report| report.policies[0].mx == ["*.example.com"],
        ),
        (
            r#"["version: STSv1", "mode: enforce"]"#,
            r#""version: STSv1\r\nmode: enforce\r\n""#,
            &[
                ("string-for-array", "policies[0].policy.policy-string"),
                ("policy-one-string", "policies[0].policy.policy-string"),
            ],
            |report| report.policies[0].policy == ["version: STSv1", "mode: enforce"],
        ),
        (
            r#"["version: STSv1", "mode: enforce"]"#,
            r#"["version: STSv1\r", "mode: enforce"]"#,
            &[("policy-line-end", "policies[0].policy.policy-string")],
            |report| report.policies[0].policy == ["version: STSv1", "mode: enforce"],
        ),
        (
            r#"["version: STSv1", "mode: enforce"]"#,
            r#"["[\"3 1 1 AB\",\"3 1 1 CD\"]"]"#,
            &[("policy-packed", "policies[0].policy.policy-string")],
            |report| report.policies[0].policy == ["3 1 1 AB", "3 1 1 CD"],
        ),
        (
            r#""total-successful-session-count": 5"#,
            r#""total-successful-session-count": "5""#,
            &[("wrong-type", "policies[0].summary.total-successful-session-count")],
            sessions_are,
        ),
        (
            r#""total-successful-session-count": 5"#,
            r#""total-successful-session-count": 5.0"#,
            &[("count-decimal", "policies[0].summary.total-successful-session-count")],
            sessions_are,
        ),
        (
            r#""total-successful-session-count": 5"#,
            r#""total-successful-session-count": -5"#,
            &[("count-invalid", "policies[0].summary.total-successful-session-count")],
            |report| report.policies[0].successful == 0,
        ),
        (
            r#""total-failure-session-count": 3"#,
            r#""total-failure-session-count": 4"#,
            &[("sums-differ", "policies[0].failure-details")],
            |report| report.policies[0].failed == 4,
        ),
        (
            "certificate-expired",
            "certificate-revoked",
            &[("result-type-unknown", "policies[0].failure-details[0].result-type")],
            |report| report.policies[0].failures[0].result_type.as_deref() == Some("certificate-revoked"),
        ),
        (
            r#""sending-mta-ip": "192.0.2.1", "#,
            "",
            &[("field-missing", "policies[0].failure-details[0].sending-mta-ip")],
            sessions_are,
        ),
        (
            "192.0.2.1",
            "mta.sender.example",
            &[("ip-invalid", "policies[0].failure-details[0].sending-mta-ip")],
            sessions_are,
        ),
        (
            "2001:db8::1",
            "2001:db8:0::1",
            &[("ip-not-canonical", "policies[0].failure-details[0].receiving-ip")],
            sessions_are,
        ),
        (
            "receiving-mx-hostname",
            "receiving-mx-host-name",
            &[("field-other-name", "policies[0].failure-details[0].receiving-mx-hostname")],
            |report| report.policies[0].failures[0].receiving_mx.as_deref() == Some("mx.example.com"),
        ),
        (r#""report-id""#, r#""color": "red", "report-id""#, &[("field-unknown", "color")], sessions_are),
        (
            r#""report-id": "1@sender.example","#,
            r#""report-id": "1@sender.example", "report-id": "2","#,
            &[("field-repeated", "report-id")],
            |report| report.report_id.as_deref() == Some("1@sender.example"),
        ),
        (r#""report-id": "1@sender.example","#, r#""report-id": "","#, &[("empty", "report-id")], |report| {
            report.report_id.is_none()
        }),
    ];
    for (from, to, wanted, reads) in cases {
        assert!(GOOD.contains(from), "{from}");
        let report = only(&GOOD.replacen(from, to, 1));
        let seen: Vec<(&str, &str)> =
            report.deviations.iter().map(|deviation| (&*deviation.code, deviation.place.as_str())).collect();
        assert_eq!(seen, *wanted, "{to}: {:?}", report.deviations);
        assert!(reads(&report), "{to}: {report:?}");
    }
}

#[test]
fn several_reports_in_a_text_are_all_read() {
    let second = GOOD.replace("1@sender.example", "2@sender.example");
    for (text, code) in
        [(format!("{GOOD}\n{second}"), "several-reports"), (format!("[{GOOD},{second}]"), "array-of-reports")]
    {
        let reports = read(text.as_bytes()).expect("two reports");
        let ids: Vec<_> = reports.iter().filter_map(|report| report.report_id.as_deref()).collect();
        assert_eq!(ids, ["1@sender.example", "2@sender.example"]);
        assert!(codes(&reports[0]).contains(code), "{:?}", reports[0].deviations);
    }
    let report = only(&format!("{GOOD}\n-- \nSent by a machine"));
    assert_eq!(codes(&report), BTreeSet::from(["more-behind"]));
}

#[test]
fn what_is_no_report_is_refused_with_the_place() {
    for (text, error) in [
        ("", NoReport::Empty),
        (" \r\n", NoReport::Empty),
        ("{\n  \"report-id\": nope }", NoReport::NoJson { line: 2, column: 17 }),
        (&GOOD[..GOOD.len() - 30], NoReport::CutOff),
        ("[]", NoReport::OtherJson("array", Vec::new())),
        ("3", NoReport::OtherJson("number", Vec::new())),
        (
            r#"{"a":1,"b":2,"c":3,"d":4}"#,
            NoReport::OtherJson("object", vec!["a".into(), "b".into(), "c".into()]),
        ),
    ] {
        assert_eq!(read(text.as_bytes()), Err(error), "{text}");
    }
    let deep = "[".repeat(100_000);
    assert!(matches!(read(deep.as_bytes()), Err(NoReport::NoJson { .. })), "no stack is deep enough");
    let many = format!(r#"{{"report-id":"1","policies":[{}0]}}"#, "0,".repeat(500));
    let report = only(&many);
    assert_eq!(report.more_deviations, 3 + 501 - 100);
    assert_eq!(report.deviations.len(), 100);
}

fn mail(attached: &str) -> String {
    format!(
        "Received: from a by b\r\nSubject: Report Domain: example.com\r\nTLS-Report-Domain: example.com\r\nTLS-Report-Submitter: sender.example\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=\"tlsrpt\"; boundary=\"x\"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nA report.\r\n\
         --x\r\n{attached}\r\n--x--\r\n"
    )
}

#[test]
fn a_mail_gives_what_is_attached() {
    let json = GOOD.replace('\n', "\r\n");
    for attached in [
        format!("Content-Type: application/tlsrpt+json\r\n\r\n{json}"),
        format!(
            "Content-Type: application/octet-stream; name=r.json\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
            BASE64_STANDARD.encode(json.as_bytes())
        ),
        format!(
            "Content-Type: application/json\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}",
            json.replace('=', "=3D")
        ),
        format!(
            "Content-Type: message/rfc822\r\n\r\n{}",
            mail(&format!("Content-Type: application/tlsrpt+json\r\n\r\n{json}"))
                .replace("\"x\"", "\"y\"")
                .replace("--x", "--y")
        ),
    ] {
        let found = parts("a.eml", mail(&attached).as_bytes(), None, 0);
        let [Part { held: Held::Json(text), mail: Some(of), .. }] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(read(text).expect("a report").len(), 1);
        assert_eq!(of.domain.as_deref(), Some("example.com"));
    }
    let gzip = format!(
        "Content-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"r.json.gz\"\r\n\r\n{}",
        BASE64_STANDARD.encode([0x1f, 0x8b, 8, 0])
    );
    let found = parts("a.eml", mail(&gzip).as_bytes(), None, 0);
    assert!(
        matches!(found.as_slice(), [Part { name, held: Held::Gzip(_), .. }] if name == "a.eml/r.json.gz"),
        "{found:?}"
    );
    let found = parts("a.eml", mail("Content-Type: image/png\r\n\r\nPNG").as_bytes(), None, 0);
    let [Part { held: Held::Refused(why), .. }] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(why.to_string(), "the mail `Report Domain: example.com` has no report attached");
}

#[test]
fn a_collection_counts_each_report_once_and_tells_it_from_every_side() {
    let mut collection = Collection::new();
    for day in [1, 2, 3, 7] {
        let text = GOOD
            .replace("2026-01-31", &format!("2026-01-{day:02}"))
            .replace("1@sender", &format!("{day}@sender"));
        assert!(collection.add(only(&text), None));
        assert!(!collection.add(only(&text), None));
    }
    collection.add(
        only(&GOOD.replace("Sender", "Other").replace("example.com\", \"mx", "other.example\", \"mx")),
        None,
    );
    collection.refuse("x.txt", "it is something else".to_owned());
    let all = collection.summary(&Filter::default());
    assert_eq!((all.reports.len(), all.duplicates, all.refused.len()), (5, 4, 1));
    assert_eq!((all.totals.successful, all.totals.failed), (25, 15));
    let failed: Vec<_> = all
        .failures
        .iter()
        .map(|one| (one.result_type.as_str(), one.receiving_mx.as_deref(), one.failed))
        .collect();
    assert_eq!(
        failed,
        [("certificate-expired", Some("mx.example.com"), 10), ("sts-policy-fetch-error", None, 5)]
    );

    let views = collection.views(&Filter::default(), Some(1_769_817_600));
    let gaps: Vec<_> = views
        .gaps
        .iter()
        .map(|gap| (gap.organization.as_str(), gap.from.as_str(), gap.to.as_str(), gap.days))
        .collect();
    assert_eq!(gaps, [("Sender", "2026-01-04", "2026-01-06", 3), ("Sender", "2026-01-08", "2026-01-29", 22)]);
    assert_eq!(
        views.senders.iter().map(|row| (row.name.as_str(), row.reports)).collect::<Vec<_>>(),
        [("Sender", 4), ("Other", 1)]
    );
    assert_eq!(views.days.len(), 5);
    assert_eq!(views.results[0].act.as_deref().map(|act| act.starts_with("Renew")), Some(true));

    let of = |filter: &Filter| {
        let summary = collection.summary(filter);
        (summary.reports.len(), summary.totals.successful, summary.totals.failed)
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(of(&Filter { domain: text("other.example"), ..Filter::default() }), (1, 5, 3));
    assert_eq!(of(&Filter { organization: text("Sender"), ..Filter::default() }), (4, 20, 12));
    assert_eq!(of(&Filter { since: Some(1_767_744_000), ..Filter::default() }), (2, 10, 6));
    assert_eq!(of(&Filter { until: Some(1_767_312_000), ..Filter::default() }), (1, 5, 3));
    // What succeeded under the same policies stays.
    assert_eq!(of(&Filter { mx: text("mx.example.com"), ..Filter::default() }), (5, 25, 10));
    assert_eq!(of(&Filter { result_type: text("sts-policy-fetch-error"), ..Filter::default() }), (5, 25, 5));
    assert_eq!(of(&Filter { policy_type: text("tlsa"), ..Filter::default() }), (0, 0, 0));

    let csv = collection.csv(&Filter { organization: text("Other"), ..Filter::default() });
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(
        lines[1],
        "Other,1@sender.example,2026-01-31T00:00:00Z,2026-01-31T23:59:59Z,other.example,sts,enforce,5,0,,,,,"
    );
}

#[test]
fn a_table_holds_strangers_text_as_text() {
    let mut collection = Collection::new();
    collection.add(only(&GOOD.replace("Sender", r#"=cmd|'/c calc'!A1, \"x\"\r\n"#)), None);
    let csv = collection.csv(&Filter::default());
    assert!(csv.contains("\r\n\"'=cmd|'/c calc'!A1, \"\"x\"\"\r\n\",1@sender.example,"), "{csv}");
}

#[test]
fn what_speaks_against_enforce_is_told_by_sender_until_it_is_mended() {
    const NOW: i64 = 1_769_990_400; // 2026-02-02
    let mut collection = Collection::new();
    let mut add = |day: &str, id: &str, change: &dyn Fn(String) -> String| {
        let text = GOOD.replace("2026-01-31", day).replace("1@sender", id);
        assert!(collection.add(only(&change(text)), None), "{id}");
    };
    // One that still fails, one that does no more, one that fails by DANE, one that does not say why, and one from long ago.
    add("2026-01-31", "a", &|text| text.replace("Sender", "Still"));
    add("2026-01-20", "b", &|text| text.replace("Sender", "Mended"));
    for (day, id) in [("2026-01-29", "c"), ("2026-01-31", "c2")] {
        add(day, id, &|text| {
            text.replace("Sender", "Mended")
                .replace("certificate-expired", "x")
                .replace("sts-policy-fetch-error", "x")
        });
    }
    // Success under a policy of another host, and on a single day, says little.
    add("2026-01-28", "g", &|text| text.replace("Sender", "Moved"));
    for (day, id) in [("2026-01-30", "g2"), ("2026-01-31", "g3")] {
        add(day, id, &|text| {
            text.replace("Sender", "Moved")
                .replace("[\"*.example.com\"]", "[\"mx2.example.com\"]")
                .replace("certificate-expired", "y")
        });
    }
    add("2026-01-28", "h", &|text| text.replace("Sender", "Once"));
    add("2026-01-31", "h2", &|text| text.replace("Sender", "Once").replace("certificate-expired", "z"));
    add("2026-01-31", "d", &|text| {
        text.replace("Sender", "Dane").replace("certificate-expired", "tlsa-invalid")
    });
    add("2025-01-31", "e", &|text| text.replace("Sender", "Old"));
    add("2026-01-31", "f", &|text| {
        text.replace("Sender", "Elsewhere").replace("example.com\", \"mx", "other.example\", \"mx")
    });
    let items = collection.ready_items("example.com", 14, NOW);
    let said: Vec<String> =
        items.iter().map(|item| format!("{:?} {} {}", item.state, item.about, item.what)).collect();
    let with =
        |start: &str, part: &str| said.iter().any(|line| line.starts_with(start) && line.contains(part));
    assert!(
        with(
            "Blocks Still",
            "`certificate-expired` for 2 sessions at mx.example.com, the last on 2026-01-31"
        ),
        "{said:#?}"
    );
    assert!(
        with("Blocks Still", "`sts-policy-fetch-error` for one session, the last on 2026-01-31"),
        "{said:#?}"
    );
    assert!(
        with("Passes Mended", "the last on 2026-01-20, and sessions succeeded since, up to 2026-01-31"),
        "{said:#?}"
    );
    assert!(with("Blocks Mended", "`x` for"), "{said:#?}");
    assert!(with("Passes Dane", "that is of DANE"), "{said:#?}");
    assert!(
        with(
            "Blocks Moved",
            "`certificate-expired` for 2 sessions at mx.example.com, the last on 2026-01-28"
        ),
        "{said:#?}"
    );
    assert!(with("Unseen Once", "sessions succeeded on 2026-01-31, and one day more tells"), "{said:#?}");
    assert!(!said.iter().any(|line| line.contains("Old") || line.contains("Elsewhere")), "{said:#?}");

    let none = collection.ready_items("another.example", 1, NOW);
    assert_eq!(none.len(), 1);
    assert_eq!(none[0].what, "tell nothing of the last day");
    let old = collection.ready_items("example.com", 3650, NOW);
    assert!(old.iter().any(|item| item.about == "Old"));
}

#[test]
fn the_same_id_counts_once_whichever_comes_first() {
    let small =
        GOOD.replace("\"total-successful-session-count\": 5", "\"total-successful-session-count\": 4");
    assert_ne!(small, GOOD);
    let counted = |texts: &[&str]| {
        let mut collection = Collection::new();
        for text in texts {
            collection.add(only(text), None);
        }
        let summary = collection.summary(&Filter::default());
        let noted = summary.reports[0].deviations.iter().any(|deviation| deviation.code == "id-again");
        (summary.reports.len(), summary.totals.successful, summary.duplicates, noted)
    };
    assert_eq!(counted(&[GOOD, &small]), (1, 5, 1, true));
    assert_eq!(counted(&[&small, GOOD]), (1, 5, 1, true));
    assert_eq!(counted(&[GOOD, GOOD]), (1, 5, 1, false));
    // Of another day or another domain it is another report.
    assert_eq!(counted(&[GOOD, &GOOD.replace("2026-01-31", "2026-01-30")]), (2, 10, 0, false));
    assert_eq!(
        counted(&[GOOD, &GOOD.replace("example.com\", \"mx", "other.example\", \"mx")]),
        (2, 10, 0, false)
    );
}

#[test]
fn failures_count_wherever_they_are_told() {
    let total = |text: &str| {
        let mut collection = Collection::new();
        collection.add(only(text), None);
        collection.summary(&Filter::default()).totals.failed
    };
    let summary = "\"total-failure-session-count\": 3";
    assert!(GOOD.contains(summary));
    assert_eq!(
        total(&GOOD.replace(summary, "\"total-failure-session-count\": 0")),
        3,
        "in the details alone"
    );
    assert_eq!(
        total(&GOOD.replace(summary, "\"total-failure-session-count\": 9")),
        9,
        "in the summary alone"
    );
    assert_eq!(
        total(
            &GOOD
                .replace("\"failed-session-count\": 2,", "")
                .replace("\"failed-session-count\": 2", "\"x\": 2")
        ),
        3
    );
}

#[test]
fn what_has_no_time_or_one_to_come_is_of_no_day() {
    const NOW: i64 = 1_769_990_400; // 2026-02-02
    let mut collection = Collection::new();
    collection.add(only(&GOOD.replace("\"date-range\"", "\"no-range\"").replace("1@sender", "a")), None);
    collection.add(only(&GOOD.replace("2026-01-31", "2031-01-31").replace("1@sender", "b")), None);
    collection.add(only(&GOOD.replace("2026-01-31T00", "2016-01-31T00").replace("1@sender", "c")), None);
    let views = collection.views(&Filter::default(), Some(NOW));
    assert_eq!((views.reports, views.undated, views.future), (3, 1, 1));
    assert!(views.days.len() == 1 && views.gaps.is_empty(), "{:?}", views.days);
    assert_eq!(collection.summary(&Filter { since: Some(0), ..Filter::default() }).reports.len(), 2);
    let items = collection.ready_items("example.com", 14, NOW);
    assert_eq!(
        items.iter().map(|item| item.what.as_str()).collect::<Vec<_>>(),
        ["tell nothing of the last 14 days"]
    );
    // A day of Moscow is that day, although it begins on the one before.
    let moscow = GOOD
        .replace("2026-01-31T00:00:00Z", "2026-01-30T21:00:00Z")
        .replace("2026-01-31T23:59:59Z", "2026-01-31T20:59:59Z");
    let mut collection = Collection::new();
    collection.add(only(&moscow), None);
    assert_eq!(collection.views(&Filter::default(), None).days[0].name, "2026-01-31");
}

#[test]
fn gaps_are_those_of_the_sender_whatever_else_is_chosen() {
    let mut collection = Collection::new();
    for day in 1..=20 {
        if day != 12 {
            let text = GOOD
                .replace("2026-01-31", &format!("2026-01-{day:02}"))
                .replace("1@sender", &day.to_string());
            collection.add(
                only(&if day == 3 {
                    text
                } else {
                    text.replace("certificate-expired", "validation-failure")
                }),
                None,
            );
        }
    }
    // One that reports now and then has none.
    for (day, id) in [(1, "x"), (6, "y"), (11, "z"), (16, "w")] {
        collection.add(
            only(
                &GOOD
                    .replace("Sender", "Rare")
                    .replace("2026-01-31", &format!("2026-01-{day:02}"))
                    .replace("1@sender", id),
            ),
            None,
        );
    }
    let gaps = |filter: Filter| {
        let views = collection.views(&filter, None);
        views.gaps.into_iter().map(|gap| (gap.from, gap.to)).collect::<Vec<_>>()
    };
    let twelfth = [("2026-01-12".to_owned(), "2026-01-12".to_owned())];
    assert_eq!(gaps(Filter::default()), twelfth);
    assert_eq!(
        gaps(Filter { result_type: Some("certificate-expired".into()), ..Filter::default() }),
        twelfth
    );
    assert_eq!(gaps(Filter { until: time("2026-01-10"), ..Filter::default() }), []);
    assert_eq!(gaps(Filter { since: time("2026-01-11"), ..Filter::default() }), twelfth);
    // In an archive nothing is missing since; where reports are of late, those of today are.
    let of = |now: &str| collection.views(&Filter::default(), time(now)).gaps.len();
    assert_eq!((of("2026-01-30"), of("2030-01-30")), (2, 1));
}

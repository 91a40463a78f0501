//! How long the engine takes: `cargo bench --bench engine`.

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    native::main();
}

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::hint::black_box;

    use criterion::Criterion;
    use mta_sts::dns::{Kind, Name};
    use mta_sts::evidence::{Bytes, HttpAnswer};
    use mta_sts::policy::MAX_BODY;
    use mta_sts::{Check, Domain, Entry, LintKind, Outcome, PolicyDoc, Step, Witness, lint, tlsrpt};

    /// The report that RFC 8460 has for an example (appendix B), as a template.
    const REPORT: &str = include_str!("../tests/reports/samples/rfc-example.json.in");

    const POLICY: &str =
        "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: mx2.example.com\nmax_age: 604800\n";

    /// As many lines as a policy may have.
    fn large_policy() -> String {
        let lines = (0..).map(|index| format!("mx: b{index}.x.yz\n"));
        let mut body = "version: STSv1\nmode: enforce\nmax_age: 604800\n".to_owned();
        for line in lines {
            if body.len() + line.len() > MAX_BODY {
                break;
            }
            body.push_str(&line);
        }
        body
    }

    /// The answer to a query for the MX records of example.com: that many, none of them listed.
    fn mx_answer(hosts: u16) -> Vec<u8> {
        let name = Name::parse("example.com").expect("a name");
        // RFC 1035 §4.1.1: a response, recursion desired and available, one question.
        let mut wire = vec![0, 0, 0x81, 0x80, 0, 1];
        wire.extend(hosts.to_be_bytes());
        wire.extend([0; 4]);
        wire.extend(name.as_wire());
        wire.extend([0, 15, 0, 1]);
        for index in 0..hosts {
            let label = format!("a{index}");
            let length = u8::try_from(label.len()).expect("a label");
            // Names point back at the question's, which begins at octet 12.
            wire.extend([0xC0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, length + 5, 0, 10, length]);
            wire.extend(label.as_bytes());
            wire.extend([0xC0, 12]);
        }
        wire
    }

    /// A check whose answers are as large as a domain can make them.
    fn large_check() -> Check {
        let mut check = Check::new(Domain::parse("example.com").expect("a domain"), 0);
        for step in check.next_steps() {
            let outcome = match &step {
                Step::Dns { rrtype: Kind::Mx, .. } => Outcome::Message(Bytes(mx_answer(1500))),
                Step::Policy { .. } => Outcome::Http(HttpAnswer {
                    status: 200,
                    content_type: Some("text/plain".into()),
                    body: Bytes(large_policy().into_bytes()),
                    ..HttpAnswer::default()
                }),
                _ => continue,
            };
            check.feed(Entry { step, by: Witness::Terminal, via: None, took_ms: 0, outcome });
        }
        assert_eq!(check.report().mx.len(), 1500);
        check
    }

    pub(crate) fn main() {
        let mut criterion = Criterion::default().configure_from_args();
        criterion
            .bench_function("policy", |b| b.iter(|| PolicyDoc::parse(black_box(POLICY.as_bytes())).policy()));
        let large = large_policy();
        criterion.bench_function("policy of 64 KiB", |b| {
            b.iter(|| PolicyDoc::parse(black_box(large.as_bytes())).policy());
        });
        criterion.bench_function("lint of a policy", |b| {
            b.iter(|| lint(LintKind::Policy, black_box(POLICY.as_bytes())));
        });
        criterion.bench_function("lint of a policy, and how every sender reads it", |b| {
            b.iter(|| lint(LintKind::Policy, black_box(POLICY.as_bytes())).with_senders(POLICY.as_bytes()));
        });
        for size in [64, 1024, 8 * 1024, MAX_BODY] {
            for (name, line) in
                [("mx lines", "mx: a.example\n"), ("colons", ":\n"), ("spaces", " "), ("one line", "a")]
            {
                let body = line.repeat(size / line.len());
                criterion.bench_function(&format!("lint of {size} B of {name}"), |b| {
                    b.iter(|| lint(LintKind::Policy, black_box(body.as_bytes())));
                });
            }
        }
        let fields = "v=STSv1;".to_owned() + &"a=b;".repeat(16 * 1024);
        criterion.bench_function("lint of a record of 16384 fields", |b| {
            b.iter(|| lint(LintKind::Record, black_box(fields.as_bytes())));
        });
        let check = large_check();
        criterion
            .bench_function("report on 1500 hosts and a policy of 64 KiB", |b| b.iter(|| check.report()));
        let filled = [
            ("@DAY@", "2016-04-01"),
            ("@DOMAIN@", "company-y.example"),
            ("@N@", "e0e8c4be"),
            ("@BYTE@", "56"),
        ]
        .into_iter()
        .chain([("@GOOD@", "5326"), ("@SUM@", "300"), ("@A@", "100"), ("@B@", "200")]);
        let report = filled.fold(REPORT.to_owned(), |text, (name, value)| text.replace(name, value));
        assert_eq!(tlsrpt::read(report.as_bytes()).map(|reports| reports.len()), Ok(1));
        criterion.bench_function("a TLS report", |b| {
            b.iter(|| tlsrpt::read(black_box(report.as_bytes())).map(|reports| reports.len()));
        });
        criterion.final_summary();
    }
}

//! What the generator makes, for every provider and in every form.
#![cfg(not(target_arch = "wasm32"))]

use mta_sts::plan::Now;
use mta_sts::setup::{Does, Form, Hosting, PROVIDERS, SetUp, Wishes};
use mta_sts::{Domain, Host, Level, LintKind, Mode, MxPattern, Policy, PolicyDoc, lint};
use proptest::prelude::*;

const NOW: i64 = 1_795_305_600;

fn domain() -> Domain {
    Domain::parse("example.com").expect("a domain")
}

fn unseen(hosts: &[&str]) -> Now {
    let hosts: Vec<Host> = hosts.iter().map(|host| Host::new(host)).collect();
    Now::unseen(domain(), NOW, &hosts)
}

fn setup(hosts: &[&str], wishes: &Wishes) -> SetUp {
    SetUp::of(&unseen(hosts), wishes).expect("a set-up")
}

/// A host of each pattern in a provider's row.
fn hosts_of(patterns: &[&str]) -> Vec<String> {
    let host = |pattern: &&str| {
        let front = if pattern.starts_with('.') { "mx1" } else { "" };
        format!("{front}{}", pattern.replace('*', "eu1"))
    };
    patterns.iter().map(host).collect()
}

/// What the linter finds in a text, but for notes.
fn faults(kind: LintKind, text: &str) -> Vec<String> {
    let report = lint(kind, text.as_bytes());
    let faults = report.findings.iter().filter(|finding| finding.level != Level::Note);
    faults.map(|finding| format!("{}: {}", finding.code, finding.message)).collect()
}

/// The TXT records in a form, as who reads that form would: owner name, TTL and text.
fn read(form: Form, text: &str) -> Vec<(String, u32, String)> {
    let strings = |quoted: &str| -> String {
        let parts = quoted.split('"').enumerate().filter(|(index, _)| index % 2 == 1);
        parts.map(|(_, part)| part).collect()
    };
    let find = |pattern: &str| -> Vec<Vec<String>> {
        let pattern = regex::Regex::new(pattern).expect("a pattern");
        let found = pattern.captures_iter(text);
        found.map(|one| one.iter().skip(1).flatten().map(|part| part.as_str().to_owned()).collect()).collect()
    };
    let rows = match form {
        Form::Plain => find(r"Name:  (\S+)\nType:  TXT\nTTL:   (\d+)\nValue: (.*)\n"),
        Form::ZoneFile => find(r#"(?m)^(\S+)\. (\d+) IN TXT (".*")$"#),
        Form::Bind => find(r#"(?m)^(\S+) +(\d+) IN TXT (".*")$"#),
        Form::Route53 => {
            let batch: serde_json::Value = serde_json::from_str(text).expect("JSON");
            let changes = batch["Changes"].as_array().expect("changes").clone();
            let row = |change: &serde_json::Value| {
                let set = &change["ResourceRecordSet"];
                let text = |value: &serde_json::Value| value.as_str().expect("a string").to_owned();
                assert_eq!((text(&change["Action"]), text(&set["Type"])), ("UPSERT".into(), "TXT".into()));
                let name = text(&set["Name"]).strip_suffix('.').expect("a whole name").to_owned();
                vec![name, set["TTL"].to_string(), text(&set["ResourceRecords"][0]["Value"])]
            };
            changes.iter().map(row).collect()
        }
        Form::Terraform => {
            find(r#"name    = "(\S+)"\n  type    = "TXT"\n  ttl     = (\d+)\n  records = \["(.*)"\]"#)
        }
        Form::OctoDns => find(r"(?m)^(\S+):\n  ttl: (\d+)\n  type: TXT\n  value: '(.*)'$"),
        Form::DnsControl => find(r#"TXT\("(\S+)", "(.*)", TTL\((\d+)\)\)"#)
            .into_iter()
            .map(|row| vec![row[0].clone(), row[2].clone(), row[1].clone()])
            .collect(),
    };
    let whole =
        |name: &str| if name.ends_with(".com") { name.to_owned() } else { format!("{name}.example.com") };
    rows.into_iter()
        .map(|row| {
            let text = match form {
                Form::ZoneFile | Form::Bind | Form::Route53 => strings(&row[2]),
                Form::Terraform => row[2].replace("\\\"\\\"", ""),
                Form::OctoDns => row[2].replace("\\;", ";").replace("''", "'"),
                Form::Plain | Form::DnsControl => row[2].clone(),
            };
            (whole(&row[0]), row[1].parse().expect("a number"), text)
        })
        .collect()
}

/// Holds a set-up against the linter and the forms.
fn hold(setup: &SetUp) {
    assert_eq!(faults(LintKind::Policy, &setup.policy), [""; 0], "{}", setup.policy);
    for record in &setup.records {
        let kind = if record.label == "_mta-sts" { LintKind::Record } else { LintKind::Tlsrpt };
        assert_eq!(faults(kind, &record.text), [""; 0], "{}", record.text);
        assert!(record.text.is_ascii() && record.name.ends_with("example.com"));
    }
    let wanted: Vec<_> =
        setup.records.iter().map(|record| (record.name.clone(), setup.ttl, record.text.clone())).collect();
    for form in Form::ALL {
        let text = setup.records_as(form);
        assert_eq!(read(form, &text), wanted, "{}:\n{text}", form.key());
        if form == Form::ZoneFile {
            for line in text.lines() {
                // Pasted as it is, such a line reads as its record.
                let kind = if line.starts_with("_mta-sts") { LintKind::Record } else { LintKind::Tlsrpt };
                assert_eq!(faults(kind, line), [""; 0], "{line}");
            }
        }
    }
}

#[test]
fn every_provider_has_a_policy_that_lints_clean_and_admits_its_hosts() {
    let mut tried = 0;
    for provider in PROVIDERS {
        for wide in [false, true] {
            let mut names = hosts_of(provider.hosts);
            if provider.does == Does::Nothing {
                names.push("mx.example.com".into());
            }
            let hosts: Vec<&str> = names.iter().map(String::as_str).collect();
            let setup = setup(&hosts, &Wishes { wide, ..Wishes::default() });
            hold(&setup);
            let policy = PolicyDoc::parse(setup.policy.as_bytes()).policy().expect("a policy");
            for host in &names {
                let left_out = provider.does == Does::Nothing && host != "mx.example.com";
                assert_eq!(policy.admits(&Host::new(host)), !left_out, "{host} in {}", setup.policy);
            }
            assert_eq!(policy.mode, Mode::Testing);
            if let (true, Some(pattern)) = (wide, provider.pattern) {
                assert!(setup.policy.contains(&format!("mx: {pattern}\n")), "{}", setup.policy);
            } else {
                assert!(!setup.policy.contains('*'), "{}", setup.policy);
            }
            let note = setup.notes.iter().find(|note| note.about == provider.name).expect("a note");
            assert_eq!(note.source, Some(provider.source));
            assert_eq!(
                note.text.contains("goes by its guide") || note.text.contains("go by its guide"),
                provider.does == Does::Filters
            );
            tried += 1;
        }
    }
    assert!(tried > 80, "{tried}");
}

#[test]
fn what_no_policy_can_list_is_left_out_and_said() {
    let setup = setup(
        &["mx_1.example.com", "192.0.2.1", "*.example.com", "mx.example.com", "MX.example.com."],
        &Wishes::default(),
    );
    assert_eq!(setup.policy, "version: STSv1\nmode: testing\nmx: mx.example.com\nmax_age: 86400\n");
    let about: Vec<&str> = setup.notes.iter().map(|note| note.about.as_str()).collect();
    assert_eq!(about, ["mx_1.example.com", "192.0.2.1", "*.example.com"]);
    let error = SetUp::of(&unseen(&["192.0.2.1"]), &Wishes::default()).expect_err("no host is left");
    assert!(error.to_string().contains("name hosts"), "{error}");
}

#[test]
fn a_domain_that_enforces_goes_on() {
    let mut now = unseen(&["mx.example.com"]);
    let policy = |mode, max_age| Policy {
        mode,
        max_age,
        mx: vec![MxPattern::parse(b"mx.example.com").expect("a pattern")],
    };
    now.live = Some((policy(Mode::Enforce, 2_419_200), "20261122000000Z".into()));
    now.tlsrpt = true;
    let setup = SetUp::of(&now, &Wishes::default()).expect("a set-up");
    assert!(setup.policy.contains("mode: enforce\n") && setup.policy.contains("max_age: 2419200\n"));
    // The id of the same second is taken.
    assert_eq!(setup.records.len(), 1, "the TLSRPT record stays");
    assert_eq!(setup.records[0].text, "v=STSv1; id=20261122000001Z;");
    let back = Wishes { mode: Some(Mode::Testing), ..Wishes::default() };
    let back = SetUp::of(&now, &back).expect("a set-up");
    assert!(back.policy.contains("mode: testing\n") && back.policy.contains("max_age: 86400\n"));
    assert!(SetUp::of(&now, &Wishes { mode: Some(Mode::None), ..Wishes::default() }).is_err());
}

#[test]
fn what_is_no_place_for_reports_is_named() {
    for (reports, wrong) in [
        (&["postmaster@example.com"][..], "postmaster@example.com"),
        (&["mailto:a@example.com", "http://example.com"], "http://example.com"),
        (&["mailto:a@example.com; x=y"], "mailto:a@example.com; x=y"),
        (&["mailto:a@example.com\",\"b"], "mailto:a@example.com"),
        (&[""], ""),
    ] {
        let wishes =
            Wishes { reports: reports.iter().map(|uri| (*uri).to_owned()).collect(), ..Wishes::default() };
        let error = SetUp::of(&unseen(&["mx.example.com"]), &wishes).expect_err(wrong).to_string();
        assert!(error.starts_with(&format!("`{wrong}")) && error.contains("mailto:tlsrpt@"), "{error}");
    }
    for ttl in [0, 604_801] {
        assert!(SetUp::of(&unseen(&["mx.example.com"]), &Wishes { ttl, ..Wishes::default() }).is_err());
    }
}

/// nginx 1.22.1 takes 46 characters where nothing is set, 110 with 128, and 238 with 256: tried on both sides of each.
#[test]
fn nginx_is_told_of_a_long_name() {
    for (length, told) in [
        (19, None),
        (46, None),
        (47, Some("server_names_hash_bucket_size 128;\n")),
        (110, Some("server_names_hash_bucket_size 128;\n")),
        (111, Some("server_names_hash_bucket_size 256;\n")),
        (238, Some("server_names_hash_bucket_size 256;\n")),
        (239, Some("server_names_hash_bucket_size 512;\n")),
    ] {
        // The host has `mta-sts.` in front.
        let mut name = "a".repeat(length - "mta-sts.".len() - ".com".len());
        for at in (50..name.len().saturating_sub(1)).step_by(51) {
            name.replace_range(at..=at, ".");
        }
        let domain = Domain::parse(&format!("{name}.com")).expect("a domain");
        assert_eq!(domain.policy_host().len(), length);
        let now = Now::unseen(domain, NOW, &[Host::new("mx.example.com")]);
        let setup = SetUp::of(&now, &Wishes::default()).expect("a set-up");
        let files = Hosting::Nginx.files(&setup);
        let site = files.iter().find(|file| file.path.ends_with(".conf")).expect("a site");
        let line = site
            .text
            .lines()
            .find(|line| line.starts_with("server_names_hash"))
            .map(|line| format!("{line}\n"));
        assert_eq!(line.as_deref(), told, "{length}");
        assert_eq!(site.text.lines().next().map(|line| line.starts_with("# mta-sts.")), Some(true));
    }
}

#[test]
fn every_web_host_gets_the_policy_and_no_placeholder() {
    let setup = setup(&["mx1.example.com", "mx.example.net"], &Wishes::default());
    let files = setup.files(&Hosting::ALL);
    for hosting in Hosting::ALL {
        let of_it: Vec<_> =
            files.iter().filter(|file| file.path.starts_with(&format!("{}/", hosting.key()))).collect();
        let policies = of_it.iter().filter(|file| file.path.ends_with("mta-sts.txt"));
        assert!(policies.clone().count() == 1 && policies.clone().all(|file| file.text == setup.policy));
        let readme = of_it.iter().find(|file| file.path.ends_with("README.md")).expect("a README");
        for part in [
            "https://mta-sts.example.com/.well-known/mta-sts.txt",
            "_mta-sts.example.com",
            "mta-sts check example.com",
            "curl -i",
        ] {
            assert!(readme.text.contains(part), "{}: {part}", hosting.key());
        }
        for file in of_it {
            for word in ["{{domain", "{{host", "{{worker", "{{long_name"] {
                assert!(!file.text.contains(word) && !file.path.contains('{'), "{}: {word}", file.path);
            }
        }
    }
    // No path twice, none that leads out of the folder.
    let mut paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    paths.sort_unstable();
    assert!(paths.windows(2).all(|pair| pair[0] != pair[1]));
    assert!(paths.iter().all(|path| !path.starts_with('/') && !path.contains("..")));
}

proptest! {
    #[test]
    fn whatever_hosts_are_named_the_policy_admits_those_that_can_be_listed(
        hosts in proptest::collection::vec(
            prop_oneof![
                "[a-z0-9_*-]{1,12}(\\.[a-z0-9_-]{1,12}){0,4}",
                "[a-z]{1,8}\\.mail\\.protection\\.outlook\\.com",
                "alt[1-4]\\.aspmx\\.l\\.google\\.com",
                "\\PC{0,20}",
            ],
            1..8,
        ),
        wide in any::<bool>(),
        ttl in 1_u32..=604_800,
        mailboxes in proptest::collection::vec("[a-z0-9.!#$&'*+=^_|~-]{1,60}", 0..8),
    ) {
        let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
        let reports = mailboxes.iter().map(|mailbox| format!("mailto:{mailbox}@example.net")).collect();
        let Ok(setup) = SetUp::of(&unseen(&hosts), &Wishes { wide, ttl, reports, ..Wishes::default() }) else {
            return Ok(());
        };
        hold(&setup);
        let policy = PolicyDoc::parse(setup.policy.as_bytes()).policy().expect("a policy");
        for host in hosts {
            let said = setup.notes.iter().any(|note| note.hosts.iter().any(|name| *name == Host::new(host).as_str()));
            prop_assert!(policy.admits(&Host::new(host)) || said, "{host} in {}", setup.policy);
        }
    }
}

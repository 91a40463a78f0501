//! TLS reports in any number, made out of the samples in `tests/reports/samples`: texts of our own in the shapes, and with the faults,
//! of what senders really send. Nothing in them is left to chance: the report of a number is always the same.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::Outcome;

/// The samples, one of each kind.
const SAMPLES: [&str; 12] = [
    include_str!("../../../tests/reports/samples/google.json.in"),
    include_str!("../../../tests/reports/samples/google-failures.json.in"),
    include_str!("../../../tests/reports/samples/microsoft-no-zone.json.in"),
    include_str!("../../../tests/reports/samples/mox.json.in"),
    include_str!("../../../tests/reports/samples/stalwart.json.in"),
    include_str!("../../../tests/reports/samples/postfix.json.in"),
    include_str!("../../../tests/reports/samples/google-no-policy.json.in"),
    include_str!("../../../tests/reports/samples/microsoft-packed.json.in"),
    include_str!("../../../tests/reports/samples/rfc-example.json.in"),
    include_str!("../../../tests/reports/samples/stalwart-line.json.in"),
    include_str!("../../../tests/reports/samples/microsoft-no-fetch.json.in"),
    include_str!("../../../tests/reports/samples/other-type.json.in"),
];

/// How many domains, smaller senders and days there are.
const DOMAINS: u32 = 40;
const SENDERS: u32 = 60;
const DAYS: u32 = 365;

/// A report, and what its mail says of it.
struct Report {
    text: String,
    /// The sessions that it tells of: that succeeded, and that failed.
    sessions: (u64, u64),
    domain: String,
    sender: String,
    day: String,
    number: u32,
}

/// The report of that number.
fn report(number: u32) -> Report {
    // A number that shares nothing with the others walks through all of each.
    let walk = |step: u32, most: u32| number.wrapping_mul(step) % most;
    let domain = format!("d{}.recipient.example", walk(7, DOMAINS));
    let sender = format!("s{}.sender.example", walk(11, SENDERS));
    let at = walk(13, DAYS);
    let (day, next) = (date(at), date(at + 1));
    let (good, first, second) = (1 + walk(7919, 5000), 1 + walk(17, 9), 1 + walk(19, 90));
    let index = usize::try_from(number).unwrap_or_default() % SAMPLES.len();
    let mut text = SAMPLES.get(index).copied().unwrap_or_default().to_owned();
    let sessions = sessions_in(&text, [good, first, second]);
    for (name, value) in [
        ("@DOMAIN@", domain.clone()),
        ("@SENDER@", sender.clone()),
        ("@DAY@", day.clone()),
        ("@NEXT@", next),
        ("@N@", format!("{number:08}")),
        ("@GOOD@", good.to_string()),
        ("@A@", first.to_string()),
        ("@B@", second.to_string()),
        ("@SUM@", (first + second).to_string()),
        ("@BYTE@", walk(23, 256).to_string()),
    ] {
        text = text.replace(name, &value);
    }
    Report { text, sessions, domain, sender, day, number }
}

/// What a sample comes to with these numbers in it.
fn sessions_in(sample: &str, [good, first, second]: [u32; 3]) -> (u64, u64) {
    let value = |text: &str| match text {
        "@GOOD@" => good,
        "@A@" => first,
        "@B@" => second,
        "@SUM@" => first + second,
        _ => 0,
    };
    let sum = |name: &str| {
        let behind = sample.split(name).skip(1).map(|rest| rest.trim_start_matches(['"', ':', ' ']));
        behind.map(|rest| u64::from(value(rest.split([',', '}', '\n']).next().unwrap_or_default()))).sum()
    };
    (sum("total-successful-session-count"), sum("total-failure-session-count"))
}

/// What so many reports come to: sessions that succeeded, and that failed.
pub(super) fn sessions(count: u32) -> (u64, u64) {
    (0..count).map(|number| report(number).sessions).fold((0, 0), |(good, bad), (g, b)| (good + g, bad + b))
}

/// A day, so many behind the first of 2025.
fn date(mut index: u32) -> String {
    let mut year = 2025;
    loop {
        for (month, days) in (1..).zip([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
            if index < days {
                return format!("{year}-{month:02}-{:02}", index + 1);
            }
            index -= days;
        }
        year += 1;
    }
}

impl Report {
    /// What senders call its file (RFC 8460 §5.1).
    fn file_name(&self) -> String {
        format!("{}!{}!{}!{}.json", self.sender, self.domain, self.day, self.number)
    }

    /// It in gzip.
    fn packed(&self) -> Outcome<Vec<u8>> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder
            .write_all(self.text.as_bytes())
            .and_then(|()| encoder.finish())
            .map_err(|error| error.to_string())
    }

    /// The mail that it comes in (RFC 8460 §5.3), padded to `length` bytes by what is said to people in it. A line of an mbox stands
    /// in front.
    fn mail(&self, length: usize) -> Outcome<String> {
        let Self { domain, sender, day, number, .. } = self;
        let name = self.file_name();
        let mut mail = format!(
            "From tls-reports@{sender} Thu Jan  1 00:00:00 2026\n\
             From: tls-reports@{sender}\n\
             To: tls-reports@{domain}\n\
             Date: {day}\n\
             Subject: Report Domain: {domain} Submitter: {sender} Report-ID: <{number:08}@{sender}>\n\
             TLS-Report-Domain: {domain}\n\
             TLS-Report-Submitter: {sender}\n\
             Message-ID: <{number:08}@{sender}>\n\
             MIME-Version: 1.0\n\
             Content-Type: multipart/report; report-type=\"tlsrpt\"; boundary=\"=_b_=\"\n\
             \n\
             --=_b_=\n\
             Content-Type: text/plain; charset=\"us-ascii\"\n\
             \n\
             This is an aggregate TLS report from {sender}.\n"
        );
        let mut end = format!(
            "\n--=_b_=\n\
             Content-Type: application/tlsrpt+gzip\n\
             Content-Transfer-Encoding: base64\n\
             Content-Disposition: attachment; filename=\"{name}.gz\"\n\
             \n"
        );
        let packed = STANDARD.encode(self.packed()?);
        for line in packed.as_bytes().chunks(76) {
            end.push_str(&String::from_utf8_lossy(line));
            end.push('\n');
        }
        end.push_str("\n--=_b_=--\n\n");
        let line = "It is sent because the domain asks for it, in a TLSRPT record of its DNS.\n";
        while mail.len() + line.len() + end.len() <= length {
            mail.push_str(line);
        }
        mail.push_str(&"x".repeat(length.saturating_sub(mail.len() + end.len())));
        Ok(mail + &end)
    }
}

/// Writes so many reports into a new folder, as `.json` and, every other one or all of them, as `.json.gz`.
pub(super) fn folder(place: &Path, count: u32, all_packed: bool) -> Outcome {
    let failed = |error: std::io::Error| format!("{}: {error}", place.display());
    fs::create_dir_all(place).map_err(failed)?;
    for number in 0..count {
        let report = report(number);
        let name = report.file_name();
        if number % 2 == 0 && !all_packed {
            fs::write(place.join(name), &report.text).map_err(failed)?;
        } else {
            fs::write(place.join(name + ".gz"), report.packed()?).map_err(failed)?;
        }
    }
    Ok(())
}

/// Writes so many reports as an mbox of mails of `length` bytes each.
pub(super) fn mbox(place: &Path, count: u32, length: usize) -> Outcome {
    let failed = |error: std::io::Error| format!("{}: {error}", place.display());
    let mut file = BufWriter::new(File::create(place).map_err(failed)?);
    for number in 0..count {
        file.write_all(report(number).mail(length)?.as_bytes()).map_err(failed)?;
    }
    file.flush().map_err(failed)
}

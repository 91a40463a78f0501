//! TLS reports (RFC 8460): files, mails and folders of them, read one after another and summed up.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::bufread::{DeflateDecoder, MultiGzDecoder};
use mta_sts::tlsrpt::{
    Collection, Filter, Held, MAX_FILE, MAX_REPORT, MAX_UNPACKED, Mail, Mbox, MboxMail, NoPart, Part,
    Summary, Views, parts, read,
};
use walkdir::WalkDir;

use crate::input::bounded;

/// How much of an mbox is read at once, in bytes.
const PIECE: usize = 1 << 16;

/// What was read, and whether anything could be.
#[derive(Debug, Default)]
pub struct Reports {
    /// The reports, and what is none.
    pub collection: Collection,
    /// How many bytes came out of what is being read.
    unpacked: u64,
}

impl Reports {
    /// Reads each of these: a file, a folder with everything below it, or `-` for standard input.
    #[must_use]
    pub fn of(files: &[String]) -> Self {
        let mut reports = Self::default();
        for name in files {
            let path = Path::new(name);
            if name != "-" && path.is_dir() {
                reports.folder(path);
            } else {
                reports.file(name, path);
            }
        }
        reports
    }

    /// Why there is no report, where there is none.
    #[must_use]
    pub fn why_none(&self) -> Option<String> {
        if !self.collection.is_empty() {
            return None;
        }
        let why: Vec<_> =
            self.collection.refused().iter().map(|one| format!("{}: {}", one.file, one.reason)).collect();
        Some(if why.is_empty() {
            "there is no file to read".into()
        } else {
            format!("no report could be read: {}", why.join("; "))
        })
    }

    fn folder(&mut self, folder: &Path) {
        let entries = WalkDir::new(folder).sort_by_file_name().into_iter();
        // What a system keeps for itself is hidden.
        let shown = entries.filter_entry(|entry| {
            entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".")
        });
        for entry in shown {
            match entry {
                Ok(entry) if entry.file_type().is_file() => {
                    self.file(&entry.path().display().to_string(), entry.path());
                }
                Ok(_) => {}
                Err(error) => {
                    let path = error.path().unwrap_or(folder).display().to_string();
                    self.collection.refuse(&path, unreadable(error.io_error()));
                }
            }
        }
    }

    fn file(&mut self, name: &str, path: &Path) {
        let shown = if name == "-" { "<stdin>" } else { name };
        match self.of_file(shown, path) {
            Ok(()) => {}
            Err(error) => self.collection.refuse(shown, unreadable(Some(&error))),
        }
    }

    fn of_file(&mut self, name: &str, path: &Path) -> io::Result<()> {
        self.unpacked = 0;
        if path != Path::new("-") {
            let mut file = BufReader::with_capacity(PIECE, File::open(path)?);
            let begins = io::BufRead::fill_buf(&mut file)?;
            if begins.starts_with(b"From ") {
                return self.of_mbox(name, file, None, 0);
            }
        }
        match bounded(path, u64::try_from(MAX_FILE).unwrap_or(u64::MAX))? {
            Some(bytes) => self.take(name, &bytes, None, 0),
            None => self.collection.refuse(name, NoPart::LargeFile.to_string()),
        }
        Ok(())
    }

    fn of_mbox(
        &mut self,
        name: &str,
        mut from: impl Read,
        mail: Option<&Mail>,
        depth: usize,
    ) -> io::Result<()> {
        let mut mbox = Mbox::new();
        let mut piece = vec![0; PIECE];
        let mut number = 0_u64;
        loop {
            let read = from.read(&mut piece)?;
            let ended = read == 0;
            let mails = if ended {
                std::mem::take(&mut mbox).end()
            } else {
                mbox.push(piece.get(..read).unwrap_or_default())
            };
            for one in mails {
                number += 1;
                if depth == 0 {
                    self.unpacked = 0;
                }
                let name = format!("{name}#{number}");
                match one {
                    MboxMail::Whole(bytes) => self.take(&name, &bytes, mail, depth + 1),
                    MboxMail::TooLong => self.collection.refuse(&name, NoPart::TooLong.to_string()),
                }
            }
            if ended {
                return Ok(());
            }
        }
    }

    /// Takes what stands in some bytes, and in what those hold.
    fn take(&mut self, name: &str, bytes: &[u8], mail: Option<&Mail>, depth: usize) {
        for Part { name, held, mail } in parts(name, bytes, mail, depth) {
            let mail = mail.as_ref();
            match held {
                Held::Json(text) => match read(&text) {
                    Ok(reports) => {
                        for report in reports {
                            self.collection.add(report, mail);
                        }
                    }
                    Err(error) => self.collection.refuse(&name, error.to_string()),
                },
                Held::Gzip(packed) => self.unpacked(&name, MultiGzDecoder::new(&*packed), mail, depth),
                Held::Deflate(packed) => self.unpacked(&name, DeflateDecoder::new(&*packed), mail, depth),
                Held::Mbox(mails) => {
                    // Reading from memory does not fail.
                    self.of_mbox(&name, &*mails, mail, depth).ok();
                }
                Held::Refused(why) => self.collection.refuse(&name, why.to_string()),
            }
        }
    }

    fn unpacked(&mut self, name: &str, packed: impl Read, mail: Option<&Mail>, depth: usize) {
        if self.unpacked > MAX_UNPACKED {
            self.collection.refuse(name, NoPart::TooMuch.to_string());
            return;
        }
        let most = u64::try_from(MAX_REPORT).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        let read = packed.take(most + 1).read_to_end(&mut bytes);
        self.unpacked = self.unpacked.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let bare = name.strip_suffix(".gz").unwrap_or(name);
        match read {
            Err(_) => self.collection.refuse(name, NoPart::NotUnpacked.to_string()),
            Ok(_) if bytes.len() > MAX_REPORT => self.collection.refuse(name, NoPart::TooLong.to_string()),
            Ok(_) => self.take(bare, &bytes, mail, depth + 1),
        }
    }
}

fn unreadable(error: Option<&io::Error>) -> String {
    match error {
        Some(error) => format!("cannot be read: {error}"),
        None => "cannot be read".to_owned(),
    }
}

/// The reports for a person: what they come to, what failed and what to do about it, and what was not as it should be.
#[must_use]
pub fn text(collection: &Collection, filter: &Filter) -> String {
    let Summary { reports, totals, refused, duplicates, .. } = collection.summary(filter);
    let Views { senders, results, days, .. } = collection.views(filter, None);
    let mut text = String::new();
    let mut say = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    let plural =
        |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let span = match (days.first(), days.last()) {
        (Some(first), Some(last)) if first.name != last.name => format!(", {} to {}", first.name, last.name),
        (Some(first), _) => format!(", {}", first.name),
        _ => String::new(),
    };
    say(&format!(
        "{} of {}{span}: {} sessions succeeded, {} failed",
        plural(reports.len(), "report", "reports"),
        plural(senders.len(), "sender", "senders"),
        totals.successful,
        totals.failed
    ));
    if duplicates > 0 {
        say(&format!(
            "{} came again and {} not counted again",
            plural(usize::try_from(duplicates).unwrap_or(usize::MAX), "report", "reports"),
            if duplicates == 1 { "is" } else { "are" }
        ));
    }
    for result in &results {
        say("");
        say(&format!("{} × {}", result.failed, result.name));
        if let Some(means) = &result.means {
            say(&format!("  {means}"));
        }
        for host in result.hosts.iter().take(10) {
            say(&format!("  at {}: {}", host.name, host.totals.failed));
        }
        if result.hosts.len() > 10 {
            say(&format!("  and at {} more hosts", result.hosts.len() - 10));
        }
        for (what, all) in
            [("of", &result.domains), ("seen by", &result.senders), ("reasons:", &result.reasons)]
        {
            if !all.is_empty() {
                say(&format!("  {what} {}", all.join(", ")));
            }
        }
        if let Some(act) = &result.act {
            say(&format!("  Fix: {act}"));
        }
    }
    if !senders.is_empty() {
        say("");
        say("Senders");
    }
    for sender in &senders {
        let name = if sender.name.is_empty() { "(no name)" } else { &sender.name };
        say(&format!(
            "  {name}: {}, {} succeeded, {} failed{}",
            plural(sender.reports, "report", "reports"),
            sender.totals.successful,
            sender.totals.failed,
            sender.last.as_ref().map_or_else(String::new, |last| format!(", last {last}"))
        ));
        if !sender.deviations.is_empty() {
            say(&format!("    not as RFC 8460 has it: {}", sender.deviations.join(", ")));
        }
    }
    if !refused.is_empty() {
        say("");
        say("Not read");
    }
    for one in &refused {
        say(&format!("  {}: {}", one.file, one.reason));
    }
    text
}

//! TLS reports (RFC 8460): files, mails and folders of them, read one after another and summed up.

mod unpack;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{iter, mem, thread};

use mta_sts::tlsrpt::{
    Collection, Filter, Held, MAX_FILE, MAX_REPORT, MAX_UNPACKED, Mail, Mbox, MboxMail, NoPart, Part,
    ResultRow, Row, Summary, Totals, Views, parts, read,
};
use walkdir::{DirEntry, WalkDir};

use self::unpack::Unpacker;

/// How much of a file is read at once, in bytes.
const PIECE: usize = 1 << 16;

/// How many files somebody takes who helps to read, at once.
const AT_ONCE: usize = 32;
/// Most who read at the same time.
const MOST_READERS: usize = 8;

/// What was read, and whether anything could be.
#[derive(Debug, Default)]
pub struct Reports {
    /// The reports, and what is none.
    pub collection: Collection,
}

/// Somebody who reads.
#[derive(Default)]
struct Reader {
    collection: Collection,
    /// How many bytes came out of what is being read.
    unpacked: u64,
    /// Room for a piece of a file.
    piece: Vec<u8>,
    /// What unpacks, and room for it.
    unpacker: Unpacker,
    room: Vec<u8>,
}

/// What there is to be read.
enum Task {
    /// A file, and what it is called.
    File(String, PathBuf),
    /// Something in a folder that cannot be.
    Unreadable(String, Option<io::Error>),
}

/// What was read of files in their order, although it comes in any.
#[derive(Default)]
struct InOrder {
    collection: Collection,
    /// How many parts of it are there.
    count: usize,
    /// Parts that came before others which stand in front of them.
    early: BTreeMap<usize, Collection>,
}

impl InOrder {
    fn take(&mut self, index: usize, part: Collection) {
        self.early.insert(index, part);
        while let Some(part) = self.early.remove(&self.count) {
            self.collection.append(part);
            self.count += 1;
        }
    }
}

/// The files that are meant by names: of a folder everything below it.
fn tasks(files: &[String]) -> impl Iterator<Item = Task> + Send + '_ {
    files.iter().flat_map(|name| -> Box<dyn Iterator<Item = Task> + Send + '_> {
        let path = Path::new(name);
        if name == "-" || !path.is_dir() {
            return Box::new(iter::once(Task::File(name.clone(), path.to_owned())));
        }
        // All that are compared stand in one folder, so that this is by their names.
        let by_name = |one: &DirEntry, other: &DirEntry| one.path().as_os_str().cmp(other.path().as_os_str());
        let entries = WalkDir::new(path).sort_by(by_name).into_iter();
        // What a system keeps for itself is hidden; so are the folders of a Maildir++ below the first one, which have mails in them.
        let shown = entries.filter_entry(|entry| {
            entry.depth() == 0
                || !entry.file_name().as_encoded_bytes().starts_with(b".")
                || entry.path().join("cur").is_dir()
        });
        Box::new(shown.filter_map(move |entry| match entry {
            Ok(entry) if entry.file_type().is_file() => {
                Some(Task::File(entry.path().display().to_string(), entry.into_path()))
            }
            Ok(_) => None,
            Err(error) => {
                let place = error.path().unwrap_or(path).display().to_string();
                Some(Task::Unreadable(place, error.into_io_error()))
            }
        }))
    })
}

impl Reports {
    /// Reads each of these: a file, a folder with everything below it, or `-` for standard input.
    #[must_use]
    pub fn of(files: &[String]) -> Self {
        let one_file = matches!(files, [name] if !Path::new(name).is_dir());
        let readers = if one_file { 1 } else { thread::available_parallelism().map_or(1, usize::from) };
        let tasks = Mutex::new((0, tasks(files)));
        let found = Mutex::new(InOrder::default());
        let read = || {
            let mut reader = Reader { collection: Collection::part(), ..Reader::default() };
            let mut some = Vec::with_capacity(AT_ONCE);
            loop {
                let index = {
                    let mut tasks = tasks.lock().unwrap_or_else(PoisonError::into_inner);
                    some.extend(tasks.1.by_ref().take(AT_ONCE));
                    tasks.0 += 1;
                    tasks.0 - 1
                };
                if some.is_empty() {
                    return;
                }
                for task in some.drain(..) {
                    match task {
                        Task::File(name, path) => reader.file(&name, &path),
                        Task::Unreadable(name, error) => {
                            reader.collection.refuse(&name, unreadable(error.as_ref()));
                        }
                    }
                }
                let part = mem::replace(&mut reader.collection, Collection::part());
                found.lock().unwrap_or_else(PoisonError::into_inner).take(index, part);
            }
        };
        thread::scope(|scope| {
            for _ in 1..readers.min(MOST_READERS) {
                scope.spawn(read);
            }
            read();
        });
        let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        Self { collection: found.collection }
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
}

impl Reader {
    fn file(&mut self, name: &str, path: &Path) {
        let shown = if name == "-" { "<stdin>" } else { name };
        let read = if name == "-" {
            self.of_file(shown, io::stdin())
        } else {
            File::open(path).and_then(|file| self.of_file(shown, file))
        };
        if let Err(error) = read {
            self.collection.refuse(shown, unreadable(Some(&error)));
        }
    }

    fn of_file(&mut self, name: &str, file: impl Read) -> io::Result<()> {
        let mut piece = mem::take(&mut self.piece);
        piece.resize(PIECE, 0);
        let done = self.of_pieces(name, file, &mut piece);
        self.piece = piece;
        done
    }

    fn of_pieces(&mut self, name: &str, mut file: impl Read, piece: &mut [u8]) -> io::Result<()> {
        self.unpacked = 0;
        let begins = filled(&mut file, piece)?;
        if begins.starts_with(b"From ") {
            return self.of_mbox(name, begins.chain(file), None, 0);
        }
        // Few files have more in them than that.
        if begins.len() < PIECE {
            self.take(name, begins, None, 0);
            return Ok(());
        }
        let mut bytes = begins.to_vec();
        let more = u64::try_from(MAX_FILE - PIECE + 1).unwrap_or(u64::MAX);
        file.take(more).read_to_end(&mut bytes)?;
        if bytes.len() > MAX_FILE {
            self.collection.refuse(name, NoPart::LargeFile.to_string());
        } else {
            self.take(name, &bytes, None, 0);
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
                mem::take(&mut mbox).end()
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
                Held::Gzip(packed) => self.unpacked(&name, &packed, How::Gzip, mail, depth),
                Held::Deflate(packed) => self.unpacked(&name, &packed, How::Deflate, mail, depth),
                Held::Stored(bytes) => self.unpacked(&name, &bytes, How::Stored, mail, depth),
                Held::Mbox(mails) => {
                    // Reading from memory does not fail.
                    self.of_mbox(&name, &*mails, mail, depth).ok();
                }
                Held::Refused(why) => self.collection.refuse(&name, why.to_string()),
            }
        }
    }

    /// Takes what something unpacks to.
    fn unpacked(&mut self, name: &str, packed: &[u8], how: How, mail: Option<&Mail>, depth: usize) {
        if self.unpacked > MAX_UNPACKED {
            self.collection.refuse(name, NoPart::TooMuch.to_string());
            return;
        }
        let mut bytes = mem::take(&mut self.room);
        bytes.clear();
        let read = match how {
            How::Gzip => self.unpacker.gzip(packed, &mut bytes, MAX_REPORT),
            How::Deflate => self.unpacker.deflate(packed, &mut bytes, MAX_REPORT).map(drop),
            How::Stored => {
                bytes.extend_from_slice(packed.get(..=MAX_REPORT).unwrap_or(packed));
                Some(())
            }
        };
        self.unpacked = self.unpacked.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let bare = name.strip_suffix(".gz").unwrap_or(name);
        match read {
            None => self.collection.refuse(name, NoPart::NotUnpacked.to_string()),
            Some(()) if bytes.len() > MAX_REPORT => self.collection.refuse(name, NoPart::TooLong.to_string()),
            Some(()) => self.take(bare, &bytes, mail, depth + 1),
        }
        self.room = bytes;
    }
}

/// How something is packed.
#[derive(Clone, Copy)]
enum How {
    Gzip,
    Deflate,
    Stored,
}

/// As much of a piece as there is to fill it with.
fn filled<'p>(file: &mut impl Read, piece: &'p mut [u8]) -> io::Result<&'p [u8]> {
    let mut length = 0;
    while let Some(rest) = piece.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(piece.get(..length).unwrap_or_default())
}

fn unreadable(error: Option<&io::Error>) -> String {
    match error {
        Some(error) => format!("cannot be read: {error}"),
        None => "cannot be read".to_owned(),
    }
}

/// A number of things.
fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn sessions(totals: Totals) -> String {
    format!("{} succeeded, {} failed", counted(totals.successful, "session", "sessions"), totals.failed)
}

/// From a day to another one.
fn span(first: &str, last: &str) -> String {
    if first == last { first.to_owned() } else { format!("{first} to {last}") }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Most names of a list.
const MOST_NAMES: usize = 12;

fn listed(names: &[String]) -> String {
    let shown = names.iter().take(MOST_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The reports for a person: what they come to, what failed and what to do about it, days without any, and what was not as it should
/// be. `now` is in seconds since 1970.
#[must_use]
pub fn text(collection: &Collection, filter: &Filter, now: i64) -> String {
    let Summary { refused, duplicates, .. } = collection.summary(filter);
    let views = collection.views(filter, Some(now));
    let mut lines = Vec::new();
    if !collection.is_empty() {
        of_all(&views, if *filter == Filter::default() { duplicates } else { 0 }, &mut lines);
        for result in &views.results {
            of_result(result, &mut lines);
        }
        of_senders(&views, &mut lines);
    }
    if !refused.is_empty() {
        lines.extend([String::new(), "Not read".to_owned()]);
        lines.extend(refused.iter().map(|one| format!("  {}: {}", one.file, one.reason)));
    }
    let failing = views.domains.iter().find(|row| row.totals.failed > 0 && !row.name.is_empty());
    if let Some(Row { name, .. }) = failing {
        lines.extend([
            String::new(),
            format!(
                "Whether mail would pass now: mta-sts check {name} --expect enforce-ready --reports FILE…"
            ),
        ]);
    }
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

fn of_all(views: &Views, duplicates: u64, lines: &mut Vec<String>) {
    let days = match (views.days.first(), views.days.last()) {
        (Some(first), Some(last)) => format!(", {}", span(&first.name, &last.name)),
        _ => String::new(),
    };
    lines.push(format!(
        "{} of {}{days}: {}",
        counted(number(views.reports), "report", "reports"),
        counted(number(views.senders.len()), "sender", "senders"),
        sessions(views.totals)
    ));
    if duplicates > 0 {
        lines.push(format!(
            "{} came again and {} not counted again",
            counted(duplicates, "report", "reports"),
            if duplicates == 1 { "is" } else { "are" }
        ));
    }
    for (count, one, many) in [
        (views.undated, "report does not say what day it is of", "reports do not say what day they are of"),
        (
            views.future,
            "report is of a day that is still to come",
            "reports are of days that are still to come",
        ),
    ] {
        if count > 0 {
            lines.push(counted(number(count), one, many));
        }
    }
}

fn of_result(result: &ResultRow, lines: &mut Vec<String>) {
    lines.push(String::new());
    let days = match (&result.first, &result.last) {
        (Some(first), Some(last)) => format!(", {}", span(first, last)),
        _ => String::new(),
    };
    lines.push(format!("{} × {}{days}", result.failed, result.name));
    lines.push(format!("  {}", result.means));
    lines.extend(result.mail.iter().map(|mail| format!("  {mail}")));
    for host in result.hosts.iter().take(10) {
        lines.push(format!("  at {}: {}", host.name, host.totals.failed));
    }
    if result.hosts.len() > 10 {
        lines.push(format!("  and at {} more hosts", result.hosts.len() - 10));
    }
    for (what, all) in [
        ("addresses:", &result.addresses),
        ("mail to:", &result.domains),
        ("seen by:", &result.senders),
        ("reasons given:", &result.reasons),
    ] {
        if !all.is_empty() {
            lines.push(format!("  {what} {}", listed(all)));
        }
    }
    lines.push(format!("  who has to act: {}", result.who));
    lines.extend(result.act.iter().map(|act| format!("  fix: {act}")));
}

fn of_senders(views: &Views, lines: &mut Vec<String>) {
    if !views.senders.is_empty() {
        lines.extend([String::new(), "Senders".to_owned()]);
    }
    let named = |name: &str| if name.is_empty() { "(no name)".to_owned() } else { name.to_owned() };
    for sender in &views.senders {
        lines.push(format!(
            "  {}: {}, {}{}",
            named(&sender.name),
            counted(number(sender.reports), "report", "reports"),
            sessions(sender.totals),
            sender.last.as_ref().map_or_else(String::new, |last| format!(", the last of {last}"))
        ));
    }
    if !views.gaps.is_empty() {
        lines.extend([String::new(), "Days without a report of a sender that used to report".to_owned()]);
    }
    for gap in &views.gaps {
        lines.push(format!(
            "  {}, {}: {} ({})",
            named(&gap.organization),
            gap.domain,
            span(&gap.from, &gap.to),
            counted(u64::try_from(gap.days).unwrap_or_default(), "day", "days")
        ));
    }
    if !views.deviations.is_empty() {
        lines.extend([String::new(), "Not as RFC 8460 has it, and read as far as it can be".to_owned()]);
    }
    for row in &views.deviations {
        let place =
            if row.first.place.is_empty() { String::new() } else { format!(" at {}", row.first.place) };
        lines.push(format!(
            "  {}, {}{place}: {}",
            named(&row.organization),
            counted(number(row.reports), "report", "reports"),
            row.first.message
        ));
    }
}

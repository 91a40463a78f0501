//! What a file, an attachment or a part of one holds: reports, or something that holds them. It is told by the bytes, as names
//! and media types are wrong too often (RFC 8460 §5 has `.json`, `.json.gz`, `application/tlsrpt+json` and `application/tlsrpt+gzip`).
//!
//! Nothing is unpacked here: whoever asks inflates what is [`Held::Gzip`] or [`Held::Deflate`], in its own way and within
//! [`MAX_REPORT`](super::MAX_REPORT), and asks again.

use std::fmt;

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};
use rawzip::{CompressionMethod, ZipArchive};

use crate::say::say;
use crate::words::quoted;

/// How deep a thing may stand inside of others: a report in gzip in a zip in a mail that was passed on.
pub const MAX_DEPTH: usize = 6;

/// The largest file that is read as a whole, in bytes; an mbox is read mail by mail, however large it is.
pub const MAX_FILE: usize = 256 << 20;

/// Most files of a zip archive that are looked at, and most parts of a mail.
const MOST_INSIDE: usize = 10_000;

/// A thing with a name, as it came out of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is called, and what it stands in: `reports.zip/google.json.gz`.
    pub name: String,
    /// What it holds.
    pub held: Held,
    /// What the mail says that it came in.
    pub mail: Option<Mail>,
}

/// What bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// A report, for [`read`](super::read).
    Json(Vec<u8>),
    /// Packed by gzip (RFC 1952).
    Gzip(Vec<u8>),
    /// Packed by DEFLATE alone (RFC 1951), as in a zip archive.
    Deflate(Vec<u8>),
    /// Several mails, one behind the other, for [`Mbox`](super::Mbox).
    Mbox(Vec<u8>),
    /// Not packed at all, as in some zip archives: to be asked for again.
    Stored(Vec<u8>),
    /// Nothing that a report could be in.
    Refused(NoPart),
}

/// The header of a mail that carries a report (RFC 8460 §5.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mail {
    /// `TLS-Report-Domain`
    pub domain: Option<String>,
    /// `TLS-Report-Submitter`
    pub submitter: Option<String>,
}

/// Why something holds no report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPart {
    /// There is nothing.
    Empty,
    /// It is something else.
    Unknown,
    /// It is something known that is no report.
    Known(Known),
    /// A mail without a report.
    MailWithout(Option<String>),
    /// A mail that is encrypted.
    Encrypted,
    /// A mail whose attachments stand in a `winmail.dat`.
    WinMail,
    /// A mail that cannot be read.
    NoMail,
    /// A zip archive that cannot be read.
    NoZip,
    /// A zip archive with nothing in it.
    EmptyZip,
    /// A file of a zip archive that is packed in another way.
    OtherPacking,
    /// A file of a zip archive that is encrypted.
    WithPassword,
    /// A zip archive whose files stand in one another.
    Overlapping,
    /// Things in things in things.
    TooDeep,
    /// It is packed, and cannot be unpacked.
    NotUnpacked,
    /// It is packed, and has too much in it.
    TooLong,
    /// What it stands in has too much in it.
    TooMuch,
    /// A file that cannot be read.
    Unreadable,
    /// A file that is larger than [`MAX_FILE`].
    LargeFile,
}

/// What is known by its first bytes and is no report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// A mail as Outlook saves it.
    Msg,
    /// A DMARC report.
    Dmarc,
    /// XML.
    Xml,
    /// HTML.
    Html,
    /// A tar archive.
    Tar,
    /// 7-Zip.
    SevenZip,
    /// RAR.
    Rar,
    /// xz.
    Xz,
    /// bzip2.
    Bzip2,
    /// Zstandard.
    Zstd,
    /// PDF.
    Pdf,
}

impl Known {
    /// What bytes are, by what they begin with.
    fn of(bytes: &[u8]) -> Option<Self> {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
        let head = text.get(..4096.min(text.len()))?.to_ascii_lowercase();
        let has = |part: &[u8]| memchr::memmem::find(&head, part).is_some();
        Some(match bytes {
            [0xd0, 0xcf, 0x11, 0xe0, ..] => Self::Msg,
            [b'7', b'z', 0xbc, 0xaf, ..] => Self::SevenZip,
            [b'R', b'a', b'r', b'!', ..] => Self::Rar,
            [0xfd, b'7', b'z', b'X', b'Z', ..] => Self::Xz,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            [b'%', b'P', b'D', b'F', ..] => Self::Pdf,
            _ if bytes.get(257..262) == Some(b"ustar") => Self::Tar,
            _ if head.starts_with(b"<!doctype html") || head.starts_with(b"<html") => Self::Html,
            _ if head.starts_with(b"<") && has(b"<feedback") => Self::Dmarc,
            _ if head.starts_with(b"<?xml") => Self::Xml,
            _ => return None,
        })
    }

    fn said(self) -> String {
        let unpack = |name: &str| say!("it is packed by {name}: unpack it first", name);
        match self {
            Self::Msg => say!("it is a mail as Outlook saves it: save it as .eml"),
            Self::Dmarc => say!("it is a DMARC report, which is about other things than TLS"),
            Self::Xml => say!("it is XML, and a TLS report is JSON"),
            Self::Html => say!("it is HTML, and a TLS report is JSON"),
            Self::Tar => say!("it is a tar archive: unpack it first"),
            Self::SevenZip => unpack("7-Zip"),
            Self::Rar => unpack("RAR"),
            Self::Xz => unpack("xz"),
            Self::Bzip2 => unpack("bzip2"),
            Self::Zstd => unpack("Zstandard"),
            Self::Pdf => say!("it is PDF, and a TLS report is JSON"),
        }
    }
}

impl fmt::Display for NoPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Empty => say!("there is nothing in it"),
            Self::Unknown => say!("it is neither JSON nor gzip, zip or a mail"),
            Self::Known(known) => known.said(),
            Self::Encrypted => say!("the mail is encrypted"),
            Self::WinMail => {
                say!("what is attached to the mail stands in a `winmail.dat`, which Outlook alone reads")
            }
            Self::MailWithout(Some(subject)) => {
                say!("the mail {subject} has no report attached", subject = quoted(subject.as_bytes()))
            }
            Self::MailWithout(None) => say!("the mail has no report attached"),
            Self::NoMail => say!("the mail cannot be read"),
            Self::NoZip => say!("the zip archive cannot be read"),
            Self::EmptyZip => say!("the zip archive has no file in it"),
            Self::OtherPacking => say!("it is packed by something else than DEFLATE"),
            Self::WithPassword => say!("it is encrypted: the archive has a password"),
            Self::Overlapping => {
                say!("it stands in another file of the archive, as nothing does that is meant well")
            }
            Self::TooDeep => say!("it stands too deep inside of other things"),
            Self::NotUnpacked => say!("it is damaged: it cannot be unpacked"),
            Self::TooLong => say!(
                "unpacked it has more than {most} MiB, and no report has so much",
                most = super::MAX_REPORT >> 20
            ),
            Self::Unreadable => say!("it cannot be read"),
            Self::LargeFile => {
                say!("it has more than {most} MiB, and only an mbox may be so large", most = MAX_FILE >> 20)
            }
            Self::TooMuch => {
                say!("what it stands in has more than {most} GiB unpacked", most = super::MAX_UNPACKED >> 30)
            }
        })
    }
}

impl std::error::Error for NoPart {}

/// What stands in some bytes of that name, which came in `mail` and so many things deep. There is always something: what holds nothing is [`Held::Refused`].
#[must_use]
pub fn parts(name: &str, bytes: &[u8], mail: Option<&Mail>, depth: usize) -> Vec<Part> {
    let one = |held| vec![Part { name: name.to_owned(), held, mail: mail.cloned() }];
    if depth > MAX_DEPTH {
        return one(Held::Refused(NoPart::TooDeep));
    }
    match bytes {
        _ if bytes.iter().all(u8::is_ascii_whitespace) => one(Held::Refused(NoPart::Empty)),
        [0x1f, 0x8b, ..] => one(Held::Gzip(bytes.to_vec())),
        [b'P', b'K', 3..=6, ..] => of_zip(name, bytes, mail),
        [b'F', b'r', b'o', b'm', b' ', ..] => one(Held::Mbox(bytes.to_vec())),
        _ if is_json(bytes) => one(Held::Json(bytes.to_vec())),
        _ => match mail_in(bytes) {
            Some(mail) => of_mail(name, mail, depth),
            None => one(Held::Refused(Known::of(bytes).map_or(NoPart::Unknown, NoPart::Known))),
        },
    }
}

/// Whether it begins as JSON of a report does, behind a byte order mark and white space; in UTF-16 as well.
fn is_json(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let wide = bytes.strip_prefix(b"\xff\xfe").or(bytes.strip_prefix(b"\xfe\xff")).unwrap_or(bytes);
    matches!(text.trim_ascii_start(), [b'{' | b'[', ..])
        || matches!(wide, [0, b'{' | b'[', ..] | [b'{' | b'[', 0, ..])
}

/// The mail that stands in some bytes: behind a byte order mark or empty lines, or with its length in front and more behind, as Apple
/// Mail keeps it (.emlx).
fn mail_in(bytes: &[u8]) -> Option<&[u8]> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if is_mail(bytes) {
        return Some(bytes);
    }
    let end = memchr::memchr(b'\n', bytes.get(..16.min(bytes.len()))?)?;
    let length: usize = std::str::from_utf8(bytes.get(..end)?).ok()?.trim().parse().ok()?;
    let mail = bytes.get(end + 1..)?;
    let mail = mail.get(..length).unwrap_or(mail);
    is_mail(mail).then_some(mail)
}

/// Whether it begins with a header field (RFC 5322 §2.2).
fn is_mail(bytes: &[u8]) -> bool {
    let colon = bytes.iter().position(|b| *b == b':');
    colon.is_some_and(|at| (1..=76).contains(&at) && bytes.iter().take(at).all(|b| b.is_ascii_graphic()))
}

/// The files of a zip archive.
fn of_zip(name: &str, bytes: &[u8], mail: Option<&Mail>) -> Vec<Part> {
    let refused = |why| vec![Part { name: name.to_owned(), held: Held::Refused(why), mail: mail.cloned() }];
    let Ok(archive) = ZipArchive::from_slice(bytes) else { return refused(NoPart::NoZip) };
    let mut entries = archive.entries();
    let mut found = Vec::new();
    // What archives add of their own says nothing.
    let skipped = |path: &str| path.starts_with("__MACOSX/") || path.ends_with(".DS_Store");
    // Files that stand in one another can have more in them than any disk.
    let mut room = bytes.len();
    while found.len() < MOST_INSIDE {
        let entry = match entries.next_entry() {
            Ok(Some(entry)) => entry,
            Ok(None) => break,
            Err(_) => {
                found.extend(refused(NoPart::NoZip));
                break;
            }
        };
        let path = String::from_utf8_lossy(entry.file_path().as_ref()).into_owned();
        if entry.is_dir() || skipped(&path) {
            continue;
        }
        let inside = archive.get_entry(entry.wayfinder());
        let length = inside.as_ref().map_or(0, |inside| inside.data().len());
        let held = match (entry.compression_method(), inside) {
            _ if entry.flags().is_encrypted() => Held::Refused(NoPart::WithPassword),
            (_, Err(_)) => Held::Refused(NoPart::NoZip),
            _ if length > room => Held::Refused(NoPart::Overlapping),
            (CompressionMethod::STORE, Ok(inside)) => Held::Stored(inside.data().to_vec()),
            (CompressionMethod::DEFLATE, Ok(inside)) => Held::Deflate(inside.data().to_vec()),
            _ => Held::Refused(NoPart::OtherPacking),
        };
        room = room.saturating_sub(length);
        found.push(Part { name: format!("{name}/{path}"), held, mail: mail.cloned() });
    }
    if found.is_empty() { refused(NoPart::EmptyZip) } else { found }
}

/// What a mail has attached.
fn of_mail(name: &str, bytes: &[u8], depth: usize) -> Vec<Part> {
    let refused = |why| vec![Part { name: name.to_owned(), held: Held::Refused(why), mail: None }];
    let Some(message) = MessageParser::default().parse(bytes) else { return refused(NoPart::NoMail) };
    let mut found = Vec::new();
    attached(name, &message, depth, &mut found);
    if found.is_empty() {
        // A mail that was cut off behind its last part has no boundary at the end.
        if let Some(closed) = closed(&message, bytes)
            && let Some(message) = MessageParser::default().parse(&closed)
        {
            attached(name, &message, depth, &mut found);
        }
    }
    if found.is_empty() { refused(why_without(&message)) } else { found }
}

/// A mail of several parts with the boundary that ends them, where it has none.
fn closed(message: &Message<'_>, bytes: &[u8]) -> Option<Vec<u8>> {
    let boundary = message.content_type()?.attribute("boundary")?;
    let end = format!("--{boundary}--");
    let is_missing = memchr::memmem::find(bytes, end.as_bytes()).is_none();
    is_missing.then(|| [bytes, b"\r\n", end.as_bytes(), b"\r\n"].concat())
}

/// Why no report can be had of a mail.
fn why_without(message: &Message<'_>) -> NoPart {
    let is = |part: &MessagePart<'_>, kinds: &[(&str, &str)]| {
        kinds.iter().any(|(kind, subtype)| part.is_content_type(kind, subtype))
    };
    let any = |kinds: &[(&str, &str)]| message.parts.iter().any(|part| is(part, kinds));
    let enveloped = message.parts.iter().any(|part| {
        part.content_type().is_some_and(|media| {
            media.attribute("smime-type").is_some_and(|kind| kind.eq_ignore_ascii_case("enveloped-data"))
        })
    });
    if enveloped || any(&[("multipart", "encrypted"), ("application", "pgp-encrypted")]) {
        NoPart::Encrypted
    } else if any(&[("application", "ms-tnef"), ("application", "vnd.ms-tnef")]) {
        NoPart::WinMail
    } else {
        NoPart::MailWithout(message.subject().map(str::to_owned))
    }
}

fn attached(name: &str, message: &Message<'_>, depth: usize, found: &mut Vec<Part>) {
    let field = |name: &'static str| {
        let text = message.header(name)?.as_text()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let mail = Mail { domain: field("TLS-Report-Domain"), submitter: field("TLS-Report-Submitter") };
    for part in message.parts.iter().take(MOST_INSIDE) {
        match &part.body {
            PartType::Message(inner) if depth < MAX_DEPTH => attached(name, inner, depth + 1, found),
            PartType::Message(_) | PartType::Multipart(_) | PartType::Html(_) => {}
            PartType::Text(text) => {
                if is_json(text.as_bytes()) && is_meant(part) {
                    found.extend(of_part(name, part, text.as_bytes(), &mail, depth));
                }
            }
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                let known = parts(name, bytes, Some(&mail), depth + 1);
                // Pictures and signatures are no reports, and nobody said they were.
                if is_meant(part) || !matches!(known.as_slice(), [Part { held: Held::Refused(_), .. }]) {
                    found.extend(of_part(name, part, bytes, &mail, depth));
                }
            }
        }
    }
}

fn of_part(name: &str, part: &MessagePart<'_>, bytes: &[u8], mail: &Mail, depth: usize) -> Vec<Part> {
    let name = match part.attachment_name() {
        Some(attached) => format!("{name}/{attached}"),
        None => name.to_owned(),
    };
    parts(&name, bytes, Some(mail), depth + 1)
}

/// Whether a part says that it is a report: by its media type or its name.
fn is_meant(part: &MessagePart<'_>) -> bool {
    let by_type = part.content_type().is_some_and(|media| {
        let subtype = media.subtype().unwrap_or_default().to_ascii_lowercase();
        media.ctype().eq_ignore_ascii_case("application")
            && ["tlsrpt", "json", "gzip", "zip"].iter().any(|known| subtype.contains(known))
    });
    let by_name = part.attachment_name().is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        [".json", ".gz", ".gzip", ".zip"].iter().any(|end| name.ends_with(end))
    });
    // A text that is nothing but a report is one, too.
    by_type || by_name || part.is_content_type("text", "plain")
}

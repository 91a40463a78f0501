//! Who asked not to be dialled: a file of domains, hosts and ranges of addresses, read again when it changes.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use ipnet::IpNet;

use crate::guard::plain;

/// How often the file is looked at, at most.
const LOOK: Duration = Duration::from_secs(2);

/// What is never dialled, at anybody's wish. Clones share one list.
#[derive(Clone, Debug, Default)]
pub struct OptOut {
    file: Option<Arc<Watched>>,
}

#[derive(Debug)]
struct Watched {
    path: PathBuf,
    read: Mutex<Read>,
}

#[derive(Debug)]
struct Read {
    list: Arc<List>,
    looked: Instant,
    /// When the file was changed, and its length: what shows that it has to be read again.
    mark: Option<(SystemTime, u64)>,
}

/// The entries of the file.
#[derive(Debug, Default, PartialEq, Eq)]
struct List {
    /// In lower case, without a final dot.
    names: Vec<String>,
    ranges: Vec<IpNet>,
}

impl OptOut {
    /// The list in `path`: one domain, host, address or range on a line; what follows a `#` is a remark.
    ///
    /// # Errors
    /// A file that cannot be read, or a line that is none of these; the message names it.
    pub fn open(path: &Path) -> Result<Self, String> {
        let (list, mark) = load(path)?;
        let read = Mutex::new(Read { list: Arc::new(list), looked: Instant::now(), mark });
        Ok(Self { file: Some(Arc::new(Watched { path: path.to_owned(), read })) })
    }

    /// Whether `name`, a domain or a host, stands in the list, or a domain above it.
    #[must_use]
    pub fn has_name(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let covers = |entry: &String| {
            name.strip_suffix(entry.as_str()).is_some_and(|left| left.is_empty() || left.ends_with('.'))
        };
        self.current().is_some_and(|list| list.names.iter().any(covers))
    }

    /// Whether `address` stands in the list, or the IPv4 address that it is the IPv6 form of.
    #[must_use]
    pub fn has_address(&self, address: IpAddr) -> bool {
        let forms = [address, plain(address)];
        let covers = |range: &IpNet| forms.iter().any(|form| range.contains(form));
        self.current().is_some_and(|list| list.ranges.iter().any(covers))
    }

    /// The list as it stands now. A file that cannot be read any more, or has become faulty, leaves the list as it was:
    /// nobody who opted out is dialled because of a slip.
    fn current(&self) -> Option<Arc<List>> {
        let file = self.file.as_ref()?;
        let mut read = file.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.looked.elapsed() >= LOOK {
            read.looked = Instant::now();
            if mark(&file.path).ok().flatten() != read.mark {
                match load(&file.path) {
                    Ok((list, mark)) => {
                        (read.list, read.mark) = (Arc::new(list), mark);
                        tracing::info!("the opt-out list was read again");
                    }
                    Err(message) => tracing::warn!(message, "the opt-out list stays as it was"),
                }
            }
        }
        Some(Arc::clone(&read.list))
    }
}

fn mark(path: &Path) -> io::Result<Option<(SystemTime, u64)>> {
    let metadata = std::fs::metadata(path)?;
    Ok(metadata.modified().ok().map(|modified| (modified, metadata.len())))
}

fn load(path: &Path) -> Result<(List, Option<(SystemTime, u64)>), String> {
    let wrong = |error: io::Error| format!("{}: {error}", path.display());
    // The mark is taken first: a change while the file is read shows at the next look.
    let mark = mark(path).map_err(wrong)?;
    let text = std::fs::read_to_string(path).map_err(wrong)?;
    List::parse(&text).map(|list| (list, mark)).map_err(|message| format!("{}: {message}", path.display()))
}

impl List {
    fn parse(text: &str) -> Result<Self, String> {
        let mut list = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let entry = line.split('#').next().unwrap_or_default().trim();
            if entry.is_empty() {
                continue;
            }
            let address = || entry.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
            if let Ok(range) = entry.parse::<IpNet>().or_else(|_| address()) {
                list.ranges.push(range);
            } else if let Ok(name) = mta_sts::Domain::parse(entry) {
                list.names.push(name.as_str().to_owned());
            } else {
                return Err(format!("line {number} is no domain, host, address or range"));
            }
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(text: &str) -> OptOut {
        let list = Arc::new(List::parse(text).expect(text));
        let read = Mutex::new(Read { list, looked: Instant::now() + LOOK, mark: None });
        OptOut { file: Some(Arc::new(Watched { path: PathBuf::new(), read })) }
    }

    #[test]
    fn names_cover_what_is_below_them() {
        let list = opened("# who asked\nExample.com. # by mail\n\nmx.other.example\n");
        for (name, covered) in [
            ("example.com", true),
            ("EXAMPLE.com.", true),
            ("mx1.example.com", true),
            ("notexample.com", false),
            ("com", false),
            ("mx.other.example", true),
            ("other.example", false),
        ] {
            assert_eq!(list.has_name(name), covered, "{name}");
        }
        assert!(!OptOut::default().has_name("example.com"));
    }

    #[test]
    fn addresses_are_found_in_any_form() {
        let list = opened("192.0.2.0/24\n2001:db8::1\n::ffff:198.51.100.7");
        for (address, covered) in [
            ("192.0.2.255", true),
            ("::ffff:192.0.2.1", true),
            ("64:ff9b::192.0.2.1", true),
            ("2002:c000:201::", true),
            ("64:ff9b::192.0.3.1", false),
            ("192.0.3.1", false),
            ("2001:db8::1", true),
            ("2001:db8::2", false),
            ("198.51.100.7", true),
        ] {
            assert_eq!(list.has_address(address.parse().expect(address)), covered, "{address}");
        }
    }

    #[test]
    fn a_line_that_is_none_of_these_is_named() {
        let said = List::parse("example.com\n\nno host\n").expect_err("it is faulty");
        assert!(said.starts_with("line 3 "), "{said}");
        assert!(List::parse("10.0.0.0/40").is_err());
    }
}

//! SPF, DMARC and DKIM of a domain: looked up beside everything else, and nothing is decided by them.

use serde::{Deserialize, Serialize};

use super::{Needed, txt_strings};
use crate::beside::{Asks, COMMON, DkimKey, Dmarc, MAX_NAMED, Selector, Spf, is_dmarc, is_spf};
use crate::dns::Kind;
use crate::evidence::{DnsError, DnsErrorKind, Evidence, Failure, Lookup};

/// The records beside MTA-STS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BesideFacts {
    /// SPF (RFC 7208).
    pub spf: SpfFacts,
    /// DMARC (RFC 7489, RFC 9989).
    pub dmarc: DmarcFacts,
    /// DKIM (RFC 6376).
    pub dkim: DkimFacts,
}

/// What became of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BesideState {
    /// It is there.
    Found,
    /// It is not there.
    Absent,
    /// It is there, and nobody can use it.
    Broken,
    /// None of the selectors tried has a DKIM key; another may.
    NoneOfThese,
    /// Not asked, or the resolver could not tell.
    NotObserved,
}

/// Why something was not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// There is no answer yet.
    Waiting,
    /// The resolver could not tell, of that name.
    Error(String, DnsError),
    /// No resolver was reached.
    Failed(Failure),
}

/// The SPF record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpfFacts {
    /// What became of it.
    pub state: BesideState,
    /// The SPF records at the domain.
    pub texts: Vec<Vec<u8>>,
    /// Why nothing was seen.
    pub unseen: Option<Unseen>,
}

/// The DMARC record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DmarcFacts {
    /// What became of it.
    pub state: BesideState,
    /// The domain whose record it is: this one, or one above it (RFC 9989 §4.10).
    pub of: String,
    /// The DMARC records there.
    pub texts: Vec<Vec<u8>>,
    /// What is asked of receivers, for mail of this domain.
    pub asks: Option<Asks>,
    /// Why nothing was seen.
    pub unseen: Option<Unseen>,
}

/// The DKIM keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DkimFacts {
    /// What became of them.
    pub state: BesideState,
    /// The selectors that have a key.
    pub found: Vec<String>,
    /// The selectors whose key was revoked.
    pub revoked: Vec<String>,
    /// The selectors that were tried: those the user named, and the common ones.
    pub tried: Vec<String>,
    /// Why nothing was seen.
    pub unseen: Option<Unseen>,
}

impl BesideFacts {
    /// Reads them; nothing where they are not looked at: in a quick check, and before the MX lookup shows that a resolver answers
    /// and that there is such a domain. All that can be asked for is asked for at once then, while mail hosts are still probed.
    pub(super) fn read(evidence: &Evidence, needed: &mut Needed) -> Option<Self> {
        let is_known = match evidence.lookup(evidence.domain.as_str(), Kind::Mx) {
            Lookup::Waiting(_) | Lookup::NotObserved(_) => false,
            // Under a name that does not exist there is nothing (RFC 8020).
            Lookup::NxDomain { aliases } => !aliases.is_empty(),
            Lookup::Found { .. } | Lookup::NoData { .. } | Lookup::Error(_) => true,
        };
        (is_known && !evidence.quick).then(|| Self {
            spf: SpfFacts::read(evidence, needed),
            dmarc: DmarcFacts::read(evidence, needed),
            dkim: DkimFacts::read(evidence, needed),
        })
    }
}

/// The TXT records of a kind at a name. Resolvers rotate answers; the same record set is the same report.
fn texts(
    evidence: &Evidence,
    needed: &mut Needed,
    name: &str,
    is_one: impl Fn(&[u8]) -> bool,
) -> Result<Vec<Vec<u8>>, Unseen> {
    match evidence.lookup(name, Kind::Txt) {
        Lookup::Found { records, .. } => {
            let mut texts = txt_strings(records);
            texts.retain(|text| is_one(text));
            texts.sort();
            Ok(texts)
        }
        Lookup::NoData { .. } | Lookup::NxDomain { .. } => Ok(Vec::new()),
        Lookup::Waiting(step) => {
            needed.add(step);
            Err(Unseen::Waiting)
        }
        Lookup::Error(error) => Err(Unseen::Error(name.to_owned(), error)),
        Lookup::NotObserved(failure) => Err(Unseen::Failed(failure)),
    }
}

impl SpfFacts {
    fn read(evidence: &Evidence, needed: &mut Needed) -> Self {
        let (texts, unseen) = match texts(evidence, needed, evidence.domain.as_str(), is_spf) {
            Ok(texts) => (texts, None),
            Err(unseen) => (Vec::new(), Some(unseen)),
        };
        let state = match texts.as_slice() {
            _ if unseen.is_some() => BesideState::NotObserved,
            [] => BesideState::Absent,
            [one] if !matches!(Spf::read(one), Spf::Broken(..)) => BesideState::Found,
            _ => BesideState::Broken,
        };
        Self { state, texts, unseen }
    }
}

/// The domains above one that may have its DMARC record, from the closest on (RFC 9989 §4.10). A top-level domain is left out.
fn above(domain: &str) -> Vec<&str> {
    /// A name of more labels than the second of these is looked up at the first next (RFC 9989 §4.10).
    const NEXT: usize = 7;
    const LONG: usize = 8;
    let labels = |name: &str| name.split('.').count();
    let most = if labels(domain) > LONG { NEXT } else { LONG };
    let suffixes = std::iter::successors(Some(domain), |name| name.split_once('.').map(|(_, rest)| rest));
    suffixes.skip(1).filter(|name| (2..=most).contains(&labels(name))).collect()
}

impl DmarcFacts {
    fn read(evidence: &Evidence, needed: &mut Needed) -> Self {
        let domain = evidence.domain.as_str();
        let mut at = |domain: &str| texts(evidence, needed, &format!("_dmarc.{domain}"), is_dmarc);
        match at(domain) {
            Ok(texts) if texts.is_empty() => {}
            Ok(texts) => return Self::seen(domain, texts, false),
            Err(unseen) => return Self::unseen(domain, unseen),
        }
        // All of them at once.
        let above: Vec<_> = above(domain).into_iter().map(|domain| (domain, at(domain))).collect();
        if above.iter().any(|(_, seen)| *seen == Err(Unseen::Waiting)) {
            return Self::unseen(domain, Unseen::Waiting);
        }
        let (mut found, mut unseen) = (None, None);
        for (of, seen) in above {
            match seen {
                Ok(texts) if texts.is_empty() => {}
                Ok(texts) => {
                    let suffix = match texts.as_slice() {
                        [one] => Dmarc::read(one).suffix,
                        _ => None,
                    };
                    // The highest record counts, and one that says where the organization ends is the last that is read; a public
                    // suffix speaks for those that have none of their own.
                    if found.is_none() || suffix != Some(true) {
                        found = Some((of, texts));
                    }
                    if suffix.is_some() {
                        break;
                    }
                }
                Err(why) => unseen = unseen.or(Some(why)),
            }
        }
        match (found, unseen) {
            (Some((of, texts)), _) => Self::seen(of, texts, true),
            (None, Some(unseen)) => Self::unseen(domain, unseen),
            (None, None) => Self::seen(domain, Vec::new(), false),
        }
    }

    fn seen(of: &str, texts: Vec<Vec<u8>>, above: bool) -> Self {
        let asks = match texts.as_slice() {
            [one] => {
                let dmarc = Dmarc::read(one);
                if above { dmarc.below } else { dmarc.asks }
            }
            _ => None,
        };
        let state = match asks {
            Some(_) => BesideState::Found,
            None if texts.is_empty() => BesideState::Absent,
            None => BesideState::Broken,
        };
        Self { state, of: of.to_owned(), texts, asks, unseen: None }
    }

    fn unseen(domain: &str, unseen: Unseen) -> Self {
        let (state, of) = (BesideState::NotObserved, domain.to_owned());
        Self { state, of, texts: Vec::new(), asks: None, unseen: Some(unseen) }
    }
}

impl DkimFacts {
    fn read(evidence: &Evidence, needed: &mut Needed) -> Self {
        let mut facts = Self {
            state: BesideState::NotObserved,
            found: Vec::new(),
            revoked: Vec::new(),
            tried: Vec::new(),
            unseen: None,
        };
        let under = format!("_domainkey.{}", evidence.domain);
        facts.unseen = match evidence.lookup(&under, Kind::Txt) {
            // Then there is nothing below it either (RFC 8020), and selectors need not be asked for. Of an alias it is the target
            // that does not exist.
            Lookup::NxDomain { aliases } if aliases.is_empty() => {
                facts.state = BesideState::Absent;
                return facts;
            }
            Lookup::Waiting(step) => {
                needed.add(step);
                Some(Unseen::Waiting)
            }
            Lookup::NotObserved(failure) => Some(Unseen::Failed(failure)),
            // Who does not answer once is not asked two dozen times.
            Lookup::Error(error) if error.kind == DnsErrorKind::Unanswered => {
                Some(Unseen::Error(under, error))
            }
            _ => None,
        };
        if facts.unseen.is_none() {
            facts.read_selectors(evidence, needed);
        }
        facts
    }

    fn read_selectors(&mut self, evidence: &Evidence, needed: &mut Needed) {
        let named = evidence.selectors.iter().take(MAX_NAMED).map(Selector::as_str);
        for selector in named.chain(COMMON.iter().copied()) {
            if self.tried.iter().any(|tried| tried == selector) {
                continue;
            }
            self.tried.push(selector.to_owned());
            let name = format!("{selector}._domainkey.{}", evidence.domain);
            match texts(evidence, needed, &name, |text| DkimKey::read(text) != DkimKey::Other) {
                Ok(texts) if texts.iter().any(|text| DkimKey::read(text) == DkimKey::Key) => {
                    self.found.push(selector.to_owned());
                }
                Ok(texts) if !texts.is_empty() => self.revoked.push(selector.to_owned()),
                Ok(_) => {}
                Err(Unseen::Waiting) => self.unseen = Some(Unseen::Waiting),
                Err(unseen) => self.unseen = self.unseen.take().or(Some(unseen)),
            }
        }
        // Where one could not be seen it may have been the one.
        self.state = match self.unseen {
            _ if !self.found.is_empty() => BesideState::Found,
            Some(_) => BesideState::NotObserved,
            None => BesideState::NoneOfThese,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_up_is_short() {
        for (domain, expected) in [
            ("example.com", &[][..]),
            ("a.example.com", &["example.com"]),
            ("a.b.example.com", &["b.example.com", "example.com"]),
            (
                "a.b.c.d.e.f.g.h.com",
                &["c.d.e.f.g.h.com", "d.e.f.g.h.com", "e.f.g.h.com", "f.g.h.com", "g.h.com", "h.com"],
            ),
        ] {
            assert_eq!(above(domain), expected, "{domain}");
        }
    }
}

//! How often one address of policy hosts is dialled: many domains may point to it, so the limit by domain does not bound it.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::guard::plain;

/// After so many dials the addresses that are whole again are forgotten, which bounds how many are remembered.
const CLEAN_AFTER: u32 = 4096;

/// Counts dials by address.
pub struct Dials {
    /// How long until an address that was dialled often enough may be dialled once more.
    pub wait: Duration,
    rate: DefaultKeyedRateLimiter<IpAddr>,
    since_cleaned: AtomicU32,
}

impl Dials {
    /// Lets each address be dialled `each_minute` times in a minute.
    #[must_use]
    pub fn new(each_minute: NonZeroU32) -> Self {
        let rate = RateLimiter::keyed(Quota::per_minute(each_minute));
        let wait = Duration::from_secs(60) / each_minute.get();
        Self { wait, rate, since_cleaned: AtomicU32::new(0) }
    }

    /// Counts a dial, and says whether `address` may be dialled now.
    #[must_use]
    pub fn take(&self, address: IpAddr) -> bool {
        if self.since_cleaned.fetch_add(1, Ordering::Relaxed) >= CLEAN_AFTER {
            self.since_cleaned.store(0, Ordering::Relaxed);
            self.rate.retain_recent();
            self.rate.shrink_to_fit();
        }
        self.rate.check_key(&plain(address)).is_ok()
    }
}

impl fmt::Debug for Dials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dials").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_own_count_and_few_are_remembered() {
        let dials = Dials::new(NonZeroU32::new(60_000).expect("not nought"));
        for number in 0..3 * CLEAN_AFTER {
            assert!(dials.take(std::net::Ipv4Addr::from_bits(number).into()));
            std::thread::yield_now();
        }
        // Each is whole again after a millisecond.
        assert!(
            dials.rate.len() <= 2 * usize::try_from(CLEAN_AFTER).expect("it fits"),
            "{}",
            dials.rate.len()
        );
        let dials = Dials::new(NonZeroU32::MIN);
        for (address, may) in [
            ("192.0.2.1", true),
            ("::ffff:192.0.2.1", false),
            ("64:ff9b::192.0.2.1", false),
            ("2002:c000:201::1", false),
            ("192.0.2.2", true),
        ] {
            assert_eq!(dials.take(address.parse().expect(address)), may, "{address}");
        }
    }
}

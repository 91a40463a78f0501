//! How often one address of policy hosts is dialled: many domains may point to it, so the limit by domain does not bound it.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// After so many dials the addresses that are whole again are forgotten, which bounds how many are remembered.
const CLEAN_AFTER: u32 = 4096;

/// Counts dials by address.
pub struct Dials {
    rate: DefaultKeyedRateLimiter<IpAddr>,
    since_cleaned: AtomicU32,
}

impl Dials {
    /// Lets each address be dialled `each_minute` times in a minute.
    #[must_use]
    pub fn new(each_minute: NonZeroU32) -> Self {
        let rate = RateLimiter::keyed(Quota::per_minute(each_minute));
        Self { rate, since_cleaned: AtomicU32::new(0) }
    }

    /// Counts a dial, and says whether `address` may be dialled now.
    #[must_use]
    pub fn take(&self, address: IpAddr) -> bool {
        if self.since_cleaned.fetch_add(1, Ordering::Relaxed) >= CLEAN_AFTER {
            self.since_cleaned.store(0, Ordering::Relaxed);
            self.rate.retain_recent();
            self.rate.shrink_to_fit();
        }
        self.rate.check_key(&address.to_canonical()).is_ok()
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
        let [one, mapped, other] =
            ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"].map(|address| address.parse().expect(address));
        assert!(dials.take(one));
        assert!(!dials.take(mapped));
        assert!(dials.take(other));
    }
}

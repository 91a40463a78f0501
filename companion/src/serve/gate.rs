//! A gate lets a bounded number through at once; who comes beyond that waits a while, first come first served.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

/// Most that wait at one gate.
const MAX_WAITING: usize = 1024;

/// Lets `places` through at once.
#[derive(Debug)]
pub(super) struct Gate {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// When those inside will be out at the latest, and how many of them at that time.
    ends: Mutex<BTreeMap<Instant, usize>>,
}

/// Leave to be inside, for as long as it is held.
#[derive(Debug)]
pub(super) struct Pass {
    gate: Arc<Gate>,
    end: Instant,
    _place: OwnedSemaphorePermit,
}

impl Gate {
    pub(super) fn new(places: usize) -> Arc<Self> {
        Arc::new(Self {
            places: Arc::new(Semaphore::new(places.clamp(1, Semaphore::MAX_PERMITS))),
            waiting: AtomicUsize::new(0),
            ends: Mutex::default(),
        })
    }

    /// Goes in, or waits for a place until `deadline`. Who goes in is out again within `stay`.
    ///
    /// # Errors
    /// There is no place in time: how long until there may be one.
    pub(super) async fn enter(self: &Arc<Self>, deadline: Instant, stay: Duration) -> Result<Pass, Duration> {
        let place = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => place,
            Err(_) => self.wait(deadline).await.ok_or_else(|| self.next_place(stay))?,
        };
        let end = Instant::now() + stay;
        *self.ends.lock().unwrap_or_else(PoisonError::into_inner).entry(end).or_default() += 1;
        Ok(Pass { gate: Arc::clone(self), end, _place: place })
    }

    async fn wait(&self, deadline: Instant) -> Option<OwnedSemaphorePermit> {
        let _waiting = Waiting::begin(&self.waiting)?;
        timeout_at(deadline, Arc::clone(&self.places).acquire_owned()).await.ok()?.ok()
    }

    /// How long until somebody inside is out at the latest.
    fn next_place(&self, stay: Duration) -> Duration {
        let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.first_key_value().map_or(stay, |(end, _)| end.saturating_duration_since(Instant::now()))
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut ends = self.gate.ends.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = ends.get_mut(&self.end) {
            *count -= 1;
            if *count == 0 {
                ends.remove(&self.end);
            }
        }
    }
}

/// One of those that wait, counted for as long as it does, whether it gets in or gives up.
struct Waiting<'g>(&'g AtomicUsize);

impl<'g> Waiting<'g> {
    fn begin(count: &'g AtomicUsize) -> Option<Self> {
        let waiting = Self(count);
        (count.fetch_add(1, Ordering::Relaxed) < MAX_WAITING).then_some(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAY: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn who_finds_no_place_is_told_when_one_is_free() {
        let gate = Gate::new(1);
        let now = Instant::now();
        let first = gate.enter(now, STAY).await.expect("a place");
        tokio::time::advance(Duration::from_secs(10)).await;
        let wait = gate.enter(Instant::now() + Duration::from_secs(5), STAY).await.expect_err("it is full");
        assert_eq!(wait, Duration::from_secs(15));
        drop(first);
        gate.enter(Instant::now(), STAY).await.expect("a place");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_gets_the_place_that_becomes_free() {
        let gate = Gate::new(2);
        let passes =
            [gate.enter(Instant::now(), STAY).await, gate.enter(Instant::now(), STAY).await].map(Result::ok);
        let waiting = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.enter(Instant::now() + STAY, STAY).await.is_ok() }
        });
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(gate.waiting.load(Ordering::Relaxed), 1);
        drop(passes);
        assert!(waiting.await.expect("it ends"));
        assert_eq!(gate.waiting.load(Ordering::Relaxed), 0);
        assert!(gate.ends.lock().expect("no panic").is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_wait() {
        let gate = Gate::new(1);
        let _inside = gate.enter(Instant::now(), STAY).await.expect("a place");
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..MAX_WAITING {
            let gate = Arc::clone(&gate);
            waiting.spawn(async move { gate.enter(Instant::now() + STAY, STAY).await.map(drop) });
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        let begun = Instant::now();
        gate.enter(Instant::now() + STAY, STAY).await.expect_err("too many wait");
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}

//! Accepts connections, in a bounded number and for a bounded time. HTTP/1.1 alone is spoken: no browser and no proxy asks
//! for HTTP/2 without TLS unless told to, and one connection then has one request at a time.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::metrics::gauge::Gauge;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tower::ServiceExt;

use super::client::{Client, Proxies};

/// How long the head of a request may take, the wait for a next one included.
const HEAD: Duration = Duration::from_secs(20);
/// How long a connection may be used; then the answer under way is the last one, for which there is `LAST` more.
const LIFE: Duration = Duration::from_secs(600);
const LAST: Duration = Duration::from_secs(200);
/// Most octets of a head; our own requests have some hundreds.
const MAX_HEAD: usize = 16 * 1024;

/// How connections are taken.
pub(super) struct Listening {
    /// Most at once.
    pub(super) connections: usize,
    /// A quarter of them is one client's at most, unless it is one of these.
    pub(super) proxies: Proxies,
    /// How long those that are busy have to end.
    pub(super) grace: Duration,
    /// Counts those that are open.
    pub(super) open: Gauge,
}

/// Serves `router` until `shutdown`, and then gives what runs time to end. The address of the other side is in every
/// request's `ConnectInfo`.
///
/// # Errors
/// None: a connection that cannot be accepted is somebody else's next try.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    how: Listening,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(how.connections.clamp(1, Semaphore::MAX_PERMITS)));
    let counts = Arc::new(Mutex::new(HashMap::<Client, usize>::new()));
    let most = how.connections.div_ceil(4);
    let (stop, stopping) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        // While all places are taken, the kernel keeps those who come.
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accepted => accepted,
        };
        while connections.try_join_next().is_some() {}
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, mostly: some become free in a moment.
                tracing::warn!(%error, "a connection cannot be accepted");
                sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        let counted = match how.proxies.has(peer.ip()) {
            true => None,
            false => match Counted::one_more(&counts, Client::of(peer.ip()), most) {
                None => continue, // which closes it
                counted => counted,
            },
        };
        let (router, stopping, open) = (router.clone(), stopping.clone(), how.open.clone());
        connections.spawn(async move {
            open.inc();
            connection(stream, peer, router, stopping).await;
            open.dec();
            drop((place, counted));
        });
    }
    drop(listener);
    stop.send(true).ok();
    let ended = async { while connections.join_next().await.is_some() {} };
    if timeout(how.grace, ended).await.is_err() {
        tracing::warn!(connections = connections.len(), "not all connections ended in time");
    }
    Ok(())
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) {
    // Whether small segments wait for each other changes only how fast it is.
    stream.set_nodelay(true).ok();
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move { Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {})) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(MAX_HEAD);
    let mut serving = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let begun = Instant::now();
    tokio::select! {
        // A client that goes away, or does not speak HTTP, is no matter of ours.
        _ = serving.as_mut() => return,
        _ = stopping.wait_for(|stop| *stop) => {}
        () = sleep_until(begun + LIFE) => {}
    }
    serving.as_mut().graceful_shutdown();
    timeout(LAST, serving).await.ok();
}

/// One of the connections of a client, counted while it is there.
struct Counted {
    counts: Arc<Mutex<HashMap<Client, usize>>>,
    client: Client,
}

impl Counted {
    /// One more connection of `client`; nothing where it has `most`.
    fn one_more(counts: &Arc<Mutex<HashMap<Client, usize>>>, client: Client, most: usize) -> Option<Self> {
        let mut locked = counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = locked.entry(client).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        drop(locked);
        Some(Self { counts: Arc::clone(counts), client })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut locked = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = locked.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                locked.remove(&self.client);
            }
        }
    }
}

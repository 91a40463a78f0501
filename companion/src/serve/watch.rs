//! What a server finds out about itself while it runs: whether port 25 is open, and whether the name it says EHLO with
//! leads those who look it up back here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout_at};

use crate::guard::Class;
use crate::http::{Connection, Identity};
use crate::native::Native;
use crate::text::Safe;

/// How long until port 25 is tried again, while it is not proven open.
const TRY_AGAIN: Duration = Duration::from_secs(300);
/// Most octets of the page `/probe` that are read.
const MAX_PAGE: usize = 64 * 1024;

/// Tries port 25 at `hosts` whenever it is not proven open: a probe that reaches a host proves it as well, for a while.
pub async fn port25(native: Arc<Native>, hosts: Vec<String>) {
    while !hosts.is_empty() {
        if !native.port25.is_open_somewhere() {
            for line in native.check_port25(&hosts).await {
                tracing::info!(found = %Safe(&line), "port 25");
            }
            if !native.port25.is_open_somewhere() {
                tracing::warn!("port 25 is not proven open; mail hosts that do not answer are not judged");
            }
        }
        sleep(TRY_AGAIN).await;
    }
}

/// Looks up the EHLO name, once, and warns where it does not lead back here.
pub async fn ehlo_name(native: Arc<Native>) {
    let Some(name) = native.ehlo_name.clone() else {
        tracing::info!("EHLO is said with the address: --ehlo-name gives a name, which some servers want");
        return;
    };
    for (is_fine, line) in judge_ehlo_name(&native, &name).await {
        if is_fine {
            tracing::info!(found = %Safe(&line), "the EHLO name");
        } else {
            tracing::warn!(found = %Safe(&line), "the EHLO name");
        }
    }
}

/// What is found of the name we say EHLO with, a line each, and whether it is as it should be.
pub async fn judge_ehlo_name(native: &Native, name: &str) -> Vec<(bool, String)> {
    let deadline = Instant::now() + native.timeout;
    let addresses = match native.addresses(name, deadline).await {
        Ok(addresses) => addresses,
        Err(failure) => return vec![(false, format!("{name} does not resolve: {}", failure.in_words()))],
    };
    let mut lines = vec![leads_here(name, &addresses, &outward())];
    lines.push(match probe_page(native, name, &addresses, deadline).await {
        Ok(()) => (true, format!("https://{name}/probe says what this server does")),
        Err(why) => (
            false,
            format!("https://{name}/probe, which should say what this server does, cannot be read: {why}"),
        ),
    });
    lines
}

/// The local addresses that packets to the internet leave with. No packet is sent: connecting a UDP socket only chooses a
/// route.
fn outward() -> Vec<IpAddr> {
    let toward = |local: SocketAddr, far: SocketAddr| {
        let socket = UdpSocket::bind(local).ok()?;
        socket.connect(far).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    // Addresses for documentation, which take the way that any public address would take.
    let v4 = toward((Ipv4Addr::UNSPECIFIED, 0).into(), (Ipv4Addr::new(192, 0, 2, 1), 9).into());
    let far = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    let v6 = toward((Ipv6Addr::UNSPECIFIED, 0).into(), (far, 9).into());
    [v4, v6].into_iter().flatten().collect()
}

/// Whether one of the addresses of `name` is one that this machine goes out with.
fn leads_here(name: &str, addresses: &[IpAddr], outward: &[IpAddr]) -> (bool, String) {
    let shown = |addresses: &[IpAddr]| {
        let shown: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
        shown.join(", ")
    };
    if addresses.iter().any(|address| outward.contains(address)) {
        return (true, format!("{name} leads to this machine"));
    }
    let public: Vec<IpAddr> =
        outward.iter().copied().filter(|address| Class::of(*address).is_none()).collect();
    if public.is_empty() {
        let text =
            "it cannot be seen from here whether that is this machine: it goes out by way of another address";
        return (true, format!("{name} resolves to {}; {text}", shown(addresses)));
    }
    let (theirs, ours) = (shown(addresses), shown(&public));
    (false, format!("{name} resolves to {theirs}, and this machine goes out with {ours}"))
}

/// Reads the page at `/probe` as those do who find the name in their logs.
async fn probe_page(
    native: &Native,
    name: &str,
    addresses: &[IpAddr],
    deadline: Instant,
) -> Result<(), String> {
    let mut last = "it has no address".to_owned();
    for address in addresses {
        let target = match native.guard.target(*address, 443) {
            Ok(target) => target,
            Err(class) => {
                last = format!("{address} is {class}");
                continue;
            }
        };
        let reading = async {
            let stream = TcpStream::connect(target.at).await.map_err(|error| error.to_string())?;
            let stream = native.tls.connect_verified(name, stream).await?;
            let mut connection = Connection::open(stream).await.map_err(|error| format!("{error:?}"))?;
            let got = connection.get(Identity::Own, name, "/probe", "text/plain, text/html", MAX_PAGE).await;
            got.map_err(|error| format!("{error:?}"))
        };
        match timeout_at(deadline, reading).await {
            Ok(Ok(answer)) if answer.status == StatusCode::OK => return Ok(()),
            Ok(Ok(answer)) => last = format!("status {}", answer.status),
            Ok(Err(why)) => last = why,
            Err(_) => last = "no answer in time".to_owned(),
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_here_where_an_address_is_ours() {
        let of = |addresses: &[&str]| -> Vec<IpAddr> {
            addresses.iter().map(|address| address.parse().expect(address)).collect()
        };
        for (addresses, outward, fine, said) in [
            (&["8.8.8.8"][..], &["8.8.8.8"][..], true, "leads to this machine"),
            (&["2001:4860:4860::8888", "8.8.8.8"], &["8.8.8.8"], true, "leads to this machine"),
            (&["8.8.8.8"], &["8.8.4.4"], false, "goes out with 8.8.4.4"),
            // behind NAT, and without any route
            (&["8.8.8.8"], &["10.0.0.2"], true, "cannot be seen"),
            (&["8.8.8.8"], &[], true, "cannot be seen"),
        ] {
            let (is_fine, line) = leads_here("probe.example", &of(addresses), &of(outward));
            assert_eq!(is_fine, fine, "{line}");
            assert!(line.contains(said), "{line}");
        }
    }
}

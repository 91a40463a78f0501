//! Deliberately good and broken test domains for MTA-STS, in one process: a resolver over UDP, TCP
//! and DoH, policy hosts and SMTP servers, under one private certification authority.
//!
//! Everything listens on loopback and unprivileged ports. DNS gives addresses that are reserved for
//! documentation, and [`Zoo::dial`] says where each of them really listens, so a program under test
//! does what it does on the internet but for one table.

mod dane;
mod dns;
mod exhibits;
mod mail;
mod net;
mod old_tls;
mod pki;
mod published;
mod web;

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use serde::Serialize;
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinSet;

pub use exhibits::{Exhibit, Expect, HostExpect};

/// All names of the zoo end with this.
pub const SUFFIX: &str = "zoo.test";

/// A running zoo. It ends when this is dropped.
pub struct Zoo {
    /// Where the resolver listens, over UDP and TCP.
    pub resolver: SocketAddr,
    /// Where the resolver listens for DoH at `/dns-query`, over HTTPS, as `localhost`.
    pub doh: SocketAddr,
    /// The certificate of the authority, PEM.
    pub ca_pem: String,
    /// Where an address of the zoo really listens: (address, 25 or 443) → socket address.
    pub dial: BTreeMap<SocketAddr, SocketAddr>,
    /// Where each policy host answers with `Access-Control-Allow-Origin: *`.
    pub cors: BTreeMap<String, SocketAddr>,
    /// The domains.
    pub exhibits: Vec<Exhibit>,
    zone: Arc<dns::Zone>,
    _tasks: JoinSet<()>,
}

/// What a page or a test needs to know of a zoo that runs in another process.
#[derive(Serialize)]
pub struct Index<'z> {
    suffix: &'static str,
    ca: &'z str,
    /// The policy hosts by name, each with the ports it listens on without and with CORS.
    policy_hosts: Vec<PolicyHost>,
    domains: Vec<IndexEntry<'z>>,
}

#[derive(Serialize)]
struct PolicyHost {
    host: String,
    port: u16,
    cors_port: u16,
}

#[derive(Serialize)]
struct IndexEntry<'z> {
    domain: String,
    sentence: &'z str,
    /// How long a server of it takes, where that is long.
    seconds: u16,
    expect: &'z Expect,
}

impl Zoo {
    /// Opens the zoo.
    ///
    /// # Errors
    /// A port on loopback that cannot be had.
    pub async fn open() -> io::Result<Self> {
        Self::open_with(exhibits::all()).await
    }

    /// Opens a zoo of these domains alone, no two of one name. It has addresses for some three hundred.
    ///
    /// # Errors
    /// A port on loopback that cannot be had.
    pub async fn open_with(exhibits: Vec<Exhibit>) -> io::Result<Self> {
        let mut builder = Builder {
            pki: pki::Pki::new(),
            zone: dns::Zone::default(),
            dial: BTreeMap::new(),
            cors: BTreeMap::new(),
            tasks: JoinSet::new(),
            given: 0,
        };
        for exhibit in &exhibits {
            builder.add(exhibit).await?;
        }
        let Builder { pki, zone, dial, cors, mut tasks, .. } = builder;
        let zone = Arc::new(zone);

        let (udp, tcp) = udp_and_tcp().await?;
        let resolver = tcp.local_addr()?;
        tasks.spawn(dns::serve_udp(udp, Arc::clone(&zone)));
        tasks.spawn(dns::serve_tcp(tcp, Arc::clone(&zone)));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let doh = listener.local_addr()?;
        let identity = pki.issue(pki::Cert::Good, "localhost", "localhost");
        tasks.spawn(dns::serve_doh(listener, identity.acceptor(&[b"h2", b"http/1.1"]), Arc::clone(&zone)));

        Ok(Self { resolver, doh, ca_pem: pki.ca_pem(), dial, cors, exhibits, zone, _tasks: tasks })
    }

    /// What the zoo's resolver answers to a query that came by a way without a size limit, such as
    /// DoH; nothing where it stays silent.
    #[must_use]
    pub fn answer(&self, query: &[u8]) -> Option<Vec<u8>> {
        self.zone.answer(query, dns::Transport::Stream)
    }

    /// Where the first address of a mail host really listens.
    #[must_use]
    pub fn mail_host(&self, host: &str) -> Option<SocketAddr> {
        let address = self.zone.address(host)?;
        self.dial.get(&SocketAddr::new(address, 25)).copied()
    }

    /// What another process needs to know.
    #[must_use]
    pub fn index(&self) -> Index<'_> {
        let port = |host: &String| {
            self.dial.iter().find(|(address, _)| self.zone.has(host, address.ip()) && address.port() == 443)
        };
        let policy_hosts = self.cors.iter().filter_map(|(host, cors)| {
            let (_, plain) = port(host)?;
            Some(PolicyHost { host: host.clone(), port: plain.port(), cors_port: cors.port() })
        });
        let domains = self.exhibits.iter().map(|exhibit| IndexEntry {
            domain: exhibit.domain(),
            sentence: exhibit.sentence,
            seconds: exhibit.seconds,
            expect: &exhibit.expect,
        });
        Index {
            suffix: SUFFIX,
            ca: &self.ca_pem,
            policy_hosts: policy_hosts.collect(),
            domains: domains.collect(),
        }
    }
}

/// A port that is free for both.
async fn udp_and_tcp() -> io::Result<(UdpSocket, TcpListener)> {
    let mut tries = 0;
    loop {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        match UdpSocket::bind(tcp.local_addr()?).await {
            Ok(udp) => return Ok((udp, tcp)),
            Err(error) if tries == 20 => return Err(error),
            Err(_) => tries += 1,
        }
    }
}

struct Builder {
    pki: pki::Pki,
    zone: dns::Zone,
    dial: BTreeMap<SocketAddr, SocketAddr>,
    cors: BTreeMap<String, SocketAddr>,
    tasks: JoinSet<()>,
    /// How many addresses have been given out.
    given: u16,
}

impl Builder {
    async fn add(&mut self, exhibit: &Exhibit) -> io::Result<()> {
        let domain = exhibit.domain();
        self.zone.add_txt(&format!("_mta-sts.{domain}"), &exhibit.record, &domain);
        self.zone.add_txt(&format!("_smtp._tls.{domain}"), &exhibit.tlsrpt, &domain);
        for (name, txt) in exhibit.beside {
            self.zone.add_txt(&dns::full_name(name, &domain), txt, &domain);
        }
        self.zone.add_mx(&domain, &exhibit.mx, &domain);
        self.add_policy_host(exhibit, &domain).await?;
        self.sign(exhibit, &domain);
        for (index, host) in exhibit.hosts.iter().enumerate() {
            let tlsa = exhibit.dane.records(index == 0);
            let name = dns::full_name(host.name, &domain);
            if let Some(target) = host.alias {
                self.zone.add_alias(&name, &dns::full_name(target, &domain));
                continue;
            }
            self.zone.add_name(&name);
            for mail in &host.addresses {
                self.add_mail_host(&name, &domain, *mail, tlsa).await?;
            }
        }
        Ok(())
    }

    fn sign(&mut self, exhibit: &Exhibit, domain: &str) {
        match exhibit.dane {
            dane::Dane::Unsigned => {}
            dane::Dane::SignedAlias => {
                let targets = exhibit.hosts.iter().filter_map(|host| host.alias);
                let targets: Vec<String> = targets.map(|target| dns::full_name(target, domain)).collect();
                self.zone.sign(domain, &targets);
                for host in exhibit.hosts.iter().filter(|host| host.alias.is_some()) {
                    self.zone.add_tlsa(&dns::full_name(host.name, domain), dane::of_nobody());
                }
            }
            dane::Dane::HostsSigned(_) => self.zone.sign(domain, &[domain.to_owned()]),
            dane::Dane::Signed(_) | dane::Dane::FirstHost(_) => self.zone.sign(domain, &[]),
            dane::Dane::Bogus(_) => {
                self.zone.sign(domain, &[]);
                for host in &exhibit.hosts {
                    self.zone.break_tlsa(&dns::full_name(host.name, domain));
                }
            }
        }
    }

    /// The next address reserved for documentation (RFC 5737, RFC 3849).
    fn next_address(&mut self, ipv6: bool) -> IpAddr {
        self.given += 1;
        let [high, low] = self.given.to_be_bytes();
        if ipv6 {
            return Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, self.given).into();
        }
        match high {
            0 => Ipv4Addr::new(192, 0, 2, low).into(),
            1 => Ipv4Addr::new(198, 51, 100, low).into(),
            _ => Ipv4Addr::new(203, 0, 113, low).into(),
        }
    }

    /// A port that stays as it is for as long as the zoo is open.
    fn hold(&mut self, (at, held): (SocketAddr, impl Future<Output = ()> + Send + 'static)) -> SocketAddr {
        self.tasks.spawn(held);
        at
    }

    async fn add_policy_host(&mut self, exhibit: &Exhibit, domain: &str) -> io::Result<()> {
        let host = format!("mta-sts.{domain}");
        let target = exhibit.alias.map_or(&*host, |alias| alias.target);
        if target != host {
            self.zone.add_alias(&host, target);
        }
        let named = if exhibit.alias.is_some_and(|alias| alias.own_certificate) { target } else { &host };
        let also = exhibit.also.iter().map(|also| match *also {
            web::Also::V4(web) => (false, web),
            web::Also::V6(web) => (true, web),
        });
        for (ipv6, web) in [(false, exhibit.web)].into_iter().chain(also) {
            match web {
                web::Web::Nowhere => continue,
                web::Web::Elsewhere(address) => {
                    self.zone.add_address(target, address);
                    continue;
                }
                _ => {}
            }
            let address = self.next_address(ipv6);
            self.zone.add_address(target, address);
            let at = match web {
                web::Web::Refuses => self.hold(net::closed_port()?),
                web::Web::NeverConnects => self.hold(net::full_port()?),
                web => self.serve_policy(web, &host, named, domain).await?,
            };
            self.dial.insert(SocketAddr::new(address, 443), at);
        }
        Ok(())
    }

    /// A policy host that answers, without CORS and with it; a browser knows the first one of a domain alone.
    async fn serve_policy(
        &mut self,
        web: web::Web,
        host: &str,
        named: &str,
        domain: &str,
    ) -> io::Result<SocketAddr> {
        let acceptor = self.pki.issue(web.cert(), named, domain).acceptor(web.protocols());
        let plain = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let at = plain.local_addr()?;
        self.tasks.spawn(web::serve(plain, acceptor.clone(), web, domain.to_owned(), false));
        if !self.cors.contains_key(host) {
            let cors = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            self.cors.insert(host.to_owned(), cors.local_addr()?);
            self.tasks.spawn(web::serve(cors, acceptor, web, domain.to_owned(), true));
        }
        Ok(at)
    }

    async fn add_mail_host(
        &mut self,
        name: &str,
        domain: &str,
        mail: mail::Mail,
        tlsa: &[dane::Tlsa],
    ) -> io::Result<()> {
        if let mail::Mail::Elsewhere(address) = mail {
            self.zone.add_address(name, address);
            return Ok(());
        }
        if mail == mail::Mail::LookupFails {
            self.zone.fail_address_lookup(name);
            return Ok(());
        }
        let at_policy_host = self.zone.address(name).filter(|_| name == format!("mta-sts.{domain}"));
        let address = at_policy_host.unwrap_or_else(|| {
            let address = self.next_address(mail.over_ipv6());
            self.zone.add_address(name, address);
            address
        });
        let at = match mail {
            mail::Mail::Refuses | mail::Mail::RefusesOverIpv6 => self.hold(net::closed_port()?),
            mail::Mail::NeverConnects => self.hold(net::full_port()?),
            mail => {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
                let at = listener.local_addr()?;
                let identity = self.pki.issue(mail.cert(), name, domain);
                let nameless = mail.nameless_cert().map(|cert| self.pki.issue(cert, name, domain));
                for tlsa in tlsa {
                    self.zone.add_tlsa(name, tlsa.of(&identity));
                }
                let roots = self.pki.roots();
                self.tasks.spawn(mail::serve(listener, identity, nameless, roots, mail, name.to_owned()));
                at
            }
        };
        self.dial.insert(SocketAddr::new(address, 25), at);
        Ok(())
    }
}
